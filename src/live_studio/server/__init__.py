"""The Jupyter server extension: the producers' door, the viewers' door, and the files between."""
