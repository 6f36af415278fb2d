//! The application over HTTP and WebSocket for a browser, and over the host's socket for other programs of this user.
