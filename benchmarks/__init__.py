"""Measurements of speed at the sizes the platform is designed for; ``make bench`` runs them."""
