//! Requests.

/// A request, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// How many came before it since the server started.
    pub number: usize,
    /// Such as `GET`.
    pub method: String,
    /// Begins with a slash. Escapes are as they came.
    pub path: String,
    /// What follows the question mark. Empty if nothing does.
    pub query: String,
    /// Names in lower case, and values, in their order.
    pub headers: Vec<(String, String)>,
}

impl Request {
    /// The value of the header with a name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(candidate, _)| candidate == name)
            .map(|(_, value)| &value[..])
    }

    /// The header `Range`.
    #[must_use]
    pub fn range(&self) -> Option<&str> {
        self.header("range")
    }

    /// The header `If-Match`.
    #[must_use]
    pub fn if_match(&self) -> Option<&str> {
        self.header("if-match")
    }

    /// The length of the body.
    pub(crate) fn body_length(&self) -> usize {
        self.header("content-length")
            .and_then(|length| length.parse().ok())
            .unwrap_or(0)
    }

    /// Parses what comes before the body. `None` if it is no request of HTTP.
    pub(crate) fn parse(head: &[u8], number: usize) -> Option<Self> {
        let head = std::str::from_utf8(head).ok()?;
        let mut lines = head.split("\r\n");
        let mut first = lines.next()?.split(' ');
        let (method, target) = (first.next()?, first.next()?);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = lines
            .filter(|line| !line.is_empty())
            .map(|line| {
                let (name, value) = line.split_once(':')?;
                Some((name.to_ascii_lowercase(), value.trim().to_owned()))
            })
            .collect::<Option<_>>()?;
        Some(Self {
            number,
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
        })
    }
}
