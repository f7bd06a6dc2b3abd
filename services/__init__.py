"""Use cases and rules of the domain, free of request and screen."""
