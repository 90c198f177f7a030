//! An expression as all languages have it: enough of it to follow a value, and no more.

/// An expression and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Expr {
    /// Its first byte.
    pub(super) at: usize,
    /// What it is.
    pub(super) what: What,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// True or false.
    Bool(bool),
    /// Nothing: `null`, `nil`, `undefined`.
    Null,
    /// A text, put together from these.
    Text(Vec<Piece>),
    /// A variable, or a member of one: `config.flags`.
    Name(Vec<String>),
    /// A call, or the making of an object of a class.
    Call(Call),
    /// An object literal, a dictionary, a map.
    Object(Vec<Entry>),
    /// The one or the other.
    Either(Box<Expr>, Box<Expr>),
    /// Anything else.
    Other,
}

/// A part of a text.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    /// These characters, and the byte at which they stand.
    Text(String, usize),
    /// What this comes to.
    Hole(Expr),
}

/// A call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// What is called, through members and calls: `portal.getApi().recover` is `portal`, `getApi`, `recover`. Empty where
    /// it has no name.
    pub(super) callee: Vec<String>,
    /// What it is given, closures left out.
    pub(super) args: Vec<Arg>,
}

/// An argument.
#[derive(Clone, Debug)]
pub(super) struct Arg {
    /// Its label.
    pub(super) label: Option<String>,
    /// Its value.
    pub(super) value: Expr,
    /// Whether it stands for several.
    pub(super) spread: bool,
}

/// An entry of an object.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    /// A key and its value.
    Pair(String, Expr),
    /// All entries of this.
    Spread(Expr),
    /// One whose key is computed.
    Odd,
}

impl Expr {
    /// One that says nothing.
    pub(super) fn other(at: usize) -> Self {
        Self {
            at,
            what: What::Other,
        }
    }

    /// It as a call.
    pub(super) fn call(&self) -> Option<&Call> {
        if let What::Call(it) = &self.what {
            Some(it)
        } else {
            None
        }
    }

    /// It as the parts of a text.
    pub(super) fn text(&self) -> Option<&[Piece]> {
        if let What::Text(it) = &self.what {
            Some(it)
        } else {
            None
        }
    }

    /// It as the entries of an object.
    pub(super) fn object(&self) -> Option<&[Entry]> {
        if let What::Object(it) = &self.what {
            Some(it)
        } else {
            None
        }
    }

    /// It as a truth.
    pub(super) fn bool(&self) -> Option<bool> {
        if let What::Bool(it) = self.what {
            Some(it)
        } else {
            None
        }
    }

    /// It as parts of a text: its own where it is one, else the one that it is.
    pub(super) fn into_pieces(self) -> Vec<Piece> {
        if let What::Text(it) = self.what {
            it
        } else {
            vec![Piece::Hole(self)]
        }
    }
}

impl Call {
    /// The argument with this label.
    pub(super) fn labelled(&self, label: &str) -> Option<&Expr> {
        self.args
            .iter()
            .find(|it| it.label.as_deref() == Some(label))
            .map(|it| &it.value)
    }
}
