"""Shell text: quoting, statements, and which shell it is for."""
