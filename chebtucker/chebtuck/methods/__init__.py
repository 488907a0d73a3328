"""What a ChebTuck can do, one theme a file; the numbers are worked out in the modules beside."""
