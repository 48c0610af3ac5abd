"""The best default on tables: encoder, nets and calibration as one object."""
