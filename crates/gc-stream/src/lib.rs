//! Live: channels, topics, the socket's life, and what a snapshot says that changed.
