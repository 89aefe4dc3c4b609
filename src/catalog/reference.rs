//! The generated reference page: every section and every entry as Markdown.
