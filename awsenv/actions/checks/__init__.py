"""What doctor looks for, one small function each, from what was collected to what was found."""
