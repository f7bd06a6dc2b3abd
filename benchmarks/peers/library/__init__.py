"""A Django app over the platform's tables of institutions, for the measurement beside ours."""
