"""Model files and the files of interrupted fits."""
