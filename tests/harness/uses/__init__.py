"""How the routes are used, one module per screen; ``registry`` gathers them."""
