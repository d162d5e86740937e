"""Every file that vibekit reads or writes, one module each."""
