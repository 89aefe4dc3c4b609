//! Contracts that every member of a family keeps.
