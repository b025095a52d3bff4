"""A throw-away machine with two network hosts, a real mail server and real firewalls."""
