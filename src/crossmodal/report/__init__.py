"""Tables and figures made from measurements."""
