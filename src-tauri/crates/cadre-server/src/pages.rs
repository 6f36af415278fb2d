//! The interface's files. All of them are read once, at the start: no path of a request ever reaches the file system.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

use axum::body::Bytes;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// What may be served, by the ending of its name. A file of any other kind is not part of an interface.
const CONTENT_TYPES: &[(&str, &str)] = &[
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("json", "application/json"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("ico", "image/x-icon"),
    ("webp", "image/webp"),
    ("woff2", "font/woff2"),
    ("txt", "text/plain; charset=utf-8"),
    ("webmanifest", "application/manifest+json"),
];

#[derive(Default)]
pub(crate) struct Pages(HashMap<String, Page>);

struct Page {
    content: Bytes,
    content_type: &'static str,
    /// Its name changes with its content, so it may be kept for good.
    immutable: bool,
}

impl Pages {
    /// # Errors
    /// The folder, or a file in it, cannot be read.
    pub(crate) fn read(folder: &Path) -> io::Result<Self> {
        let mut pages = Pages::default();
        pages.read_folder(folder, "/")?;
        Ok(pages)
    }

    fn read_folder(&mut self, folder: &Path, prefix: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            // Hidden files are the build's own; links could lead anywhere.
            let kind = entry.file_type()?;
            if name.starts_with('.') {
                continue;
            }
            if kind.is_dir() {
                self.read_folder(&entry.path(), &format!("{prefix}{name}/"))?;
            } else if kind.is_file()
                && let Some(content_type) = content_type(&name)
            {
                let content = fs::read(entry.path())?.into();
                let immutable = prefix == "/assets/";
                self.0.insert(format!("{prefix}{name}"), Page { content, content_type, immutable });
            }
        }
        Ok(())
    }

    pub(crate) fn answer(&self, method: &Method, path: &str) -> Response {
        if !matches!(*method, Method::GET | Method::HEAD) {
            return plain(StatusCode::METHOD_NOT_ALLOWED, "Pages are read with GET.\n");
        }
        let path = if path == "/" { "/index.html" } else { path };
        let Some(page) = self.0.get(path) else {
            let text = match self.0.is_empty() {
                true => "This server has no interface to show. Its API is at /api/v1.\n",
                false => "There is no such page. The interface is at /.\n",
            };
            return plain(StatusCode::NOT_FOUND, text);
        };
        let keep = if page.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
        let mut response = page.content.clone().into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(page.content_type));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
        response
    }
}

fn content_type(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    CONTENT_TYPES.iter().find(|(known, _)| *known == ending).map(|(_, content_type)| *content_type)
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
