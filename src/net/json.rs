//! JSON from somebody else, read within a budget: what a text becomes in memory is many times its bytes, and `[[],[],…`
//! many times that. Secrets that come back in it are hidden before anything else sees them.

use crate::domain::secrets;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::Cell;
use std::fmt;

/// Bytes that one thing may take as a tree; the largest incident that is known takes a fiftieth.
const ONE: usize = 8 << 20;
/// Bytes that a whole answer may take as a tree.
const WHOLE: usize = 48 << 20;
/// Bytes that a value takes where it stands, an object for itself, and an entry of it beside its key: as serde_json lays
/// them out, with the room that its vectors and tables grow into.
const VALUE: usize = 96;
const OBJECT: usize = 300;
const ENTRY: usize = 112;
/// What a thing that was read of a tree takes, as a part of what the tree took besides its words.
const READ: usize = 16;

/// Why an answer could not be read.
#[derive(Debug, PartialEq)]
pub(crate) enum Fault {
    /// It is not JSON.
    NotJson,
    /// It would take more memory than it may.
    TooLarge,
    /// It is JSON, but not what was asked for: what it is, in words.
    Other(String),
}

/// A field of an answer at its top, or one item of a list that stands there.
pub(crate) enum Field<'a> {
    /// A list begins.
    List(&'a str),
    /// An item of the list, with about what it takes to keep what is read of it.
    Item(Value, usize),
    /// The list ends.
    End,
    /// Anything that is no list.
    Value(&'a str, Value),
}

/// Reads answers.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    secrets: &'a [&'a str],
}

impl<'a> Reader<'a> {
    /// A reader that lets none of these through.
    pub(crate) fn new(secrets: &'a [&'a str]) -> Self {
        Self { secrets }
    }

    /// One thing; null where there is nothing.
    pub(crate) fn one(self, bytes: &[u8]) -> Result<Value, Fault> {
        self.tree(bytes, ONE)
    }

    /// A whole answer of any kind.
    pub(crate) fn whole(self, bytes: &[u8]) -> Result<Value, Fault> {
        self.tree(bytes, WHOLE)
    }

    fn tree(self, bytes: &[u8], most: usize) -> Result<Value, Fault> {
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        let meter = Meter::new(most, self.secrets);
        let mut input = serde_json::Deserializer::from_slice(bytes);
        let read = Tree(&meter).deserialize(&mut input);
        read.and_then(|value| input.end().map(|()| value))
            .map_err(|_| meter.fault())
    }

    /// The fields of an object one after another, lists item by item, so that never more than an item is in memory.
    /// `each` says whether to go on; what stands behind is skipped. An answer that is no object is an error.
    pub(crate) fn fields(
        self,
        bytes: &[u8],
        mut each: impl FnMut(Field<'_>) -> bool,
    ) -> Result<(), Fault> {
        if bytes.is_empty() {
            return Err(Fault::Other("nothing".into()));
        }
        let meter = Meter::new(ONE, self.secrets);
        let goes_on = Cell::new(true);
        let mut tell = |field: Field<'_>| {
            if goes_on.get() {
                goes_on.set(each(field));
            }
            goes_on.get()
        };
        let mut input = serde_json::Deserializer::from_slice(bytes);
        let top = Top {
            meter: &meter,
            tell: &mut tell,
        };
        let read = input
            .deserialize_any(top)
            .and_then(|kind| input.end().map(|()| kind));
        match read {
            Ok(None) => Ok(()),
            Ok(Some(kind)) => Err(Fault::Other(kind.into())),
            Err(_) if !goes_on.get() => Ok(()),
            Err(_) => Err(meter.fault()),
        }
    }
}

/// What is left of a budget.
struct Meter<'a> {
    most: usize,
    left: Cell<usize>,
    words: Cell<usize>,
    over: Cell<bool>,
    secrets: &'a [&'a str],
}

impl<'a> Meter<'a> {
    fn new(most: usize, secrets: &'a [&'a str]) -> Self {
        Self {
            most,
            left: Cell::new(most),
            words: Cell::new(0),
            over: Cell::new(false),
            secrets,
        }
    }

    fn charge<E: de::Error>(&self, cost: usize) -> Result<(), E> {
        let Some(left) = self.left.get().checked_sub(cost) else {
            self.over.set(true);
            return Err(E::custom("too large"));
        };
        self.left.set(left);
        Ok(())
    }

    /// Begins again with another thing.
    fn refill(&self) {
        self.left.set(self.most);
        self.words.set(0);
    }

    /// About what is kept of the thing that was read.
    fn kept(&self) -> usize {
        let words = self.words.get();
        words + (self.most - self.left.get()).saturating_sub(words) / READ
    }

    fn word<E: de::Error>(&self, word: &str) -> Result<String, E> {
        self.charge(word.len())?;
        self.words.set(self.words.get() + word.len());
        Ok(secrets::without(word, self.secrets).into_owned())
    }

    fn fault(&self) -> Fault {
        if self.over.get() {
            Fault::TooLarge
        } else {
            Fault::NotJson
        }
    }
}

/// A value as a tree.
#[derive(Clone, Copy)]
struct Tree<'a>(&'a Meter<'a>);

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Value, D::Error> {
        self.0.charge(VALUE)?;
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        self.0.word(value).map(Value::String)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        self.0.charge(OBJECT)?;
        let mut all = Map::new();
        while let Some(key) = fields.next_key_seed(Key(self.0))? {
            all.insert(key, fields.next_value_seed(self)?);
        }
        Ok(Value::Object(all))
    }
}

/// The name of a field.
struct Key<'a>(&'a Meter<'a>);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<String, D::Error> {
        self.0.charge(ENTRY)?;
        input.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<String, E> {
        self.0.charge(name.len())?;
        Ok(secrets::without(name, self.0.secrets).into_owned())
    }
}

/// The top of an answer: told field by field. What it is instead of an object, where it is none.
struct Top<'a, 'm> {
    meter: &'a Meter<'m>,
    tell: &'a mut dyn FnMut(Field<'_>) -> bool,
}

impl<'de> Visitor<'de> for Top<'_, '_> {
    type Value = Option<&'static str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Some("null"))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Some("true or false"))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Some("a number"))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Some("a number"))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Some("a number"))
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Some("a text"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Some("a bare list"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let Self { meter, tell } = self;
        while let Some(name) = fields.next_key_seed(Key(meter))? {
            let told = fields.next_value_seed(Listed {
                meter,
                name: &name,
                tell: &mut *tell,
            })?;
            if !told {
                return Err(de::Error::custom("enough"));
            }
        }
        Ok(None)
    }
}

/// A field at the top: a list is told item by item, anything else whole.
struct Listed<'a, 'm> {
    meter: &'a Meter<'m>,
    name: &'a str,
    tell: &'a mut dyn FnMut(Field<'_>) -> bool,
}

impl<'de> DeserializeSeed<'de> for Listed<'_, '_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<bool, D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Listed<'_, '_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok((self.tell)(Field::Value(self.name, Value::Null)))
    }

    fn visit_bool<E>(self, value: bool) -> Result<bool, E> {
        Ok((self.tell)(Field::Value(self.name, value.into())))
    }

    fn visit_i64<E>(self, value: i64) -> Result<bool, E> {
        Ok((self.tell)(Field::Value(self.name, value.into())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<bool, E> {
        Ok((self.tell)(Field::Value(self.name, value.into())))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<bool, E> {
        let value = Tree(self.meter).visit_f64(value)?;
        Ok((self.tell)(Field::Value(self.name, value)))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<bool, E> {
        let value = Tree(self.meter).visit_str(value)?;
        Ok((self.tell)(Field::Value(self.name, value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<bool, A::Error> {
        if !(self.tell)(Field::List(self.name)) {
            return Ok(false);
        }
        // Each item has the budget for itself; what is no list shares one.
        let before = self.meter.left.get();
        self.meter.refill();
        while let Some(item) = items.next_element_seed(Tree(self.meter))? {
            if !(self.tell)(Field::Item(item, self.meter.kept())) {
                return Ok(false);
            }
            self.meter.refill();
        }
        self.meter.left.set(before);
        Ok((self.tell)(Field::End))
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<bool, A::Error> {
        let value = Tree(self.meter).visit_map(fields)?;
        Ok((self.tell)(Field::Value(self.name, value)))
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
