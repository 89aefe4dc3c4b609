//! The generated JSON Schema of the experiment language.
