"""What Git says about clones on this machine. Reads objects and refs; runs nothing of a repository's own."""
