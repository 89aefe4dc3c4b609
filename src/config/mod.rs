//! Reads, parses, and checks an experiment. It knows names, not tensors.
