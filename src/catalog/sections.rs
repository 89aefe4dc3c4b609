//! The sections of an experiment file and their keys.
