//! The live archive.
