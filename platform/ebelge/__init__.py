"""Ebelge: the platform of a Turkish e-document integrator; this package holds everything but money and tenants."""
