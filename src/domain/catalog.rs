//! The catalog and the dependency graph between its entries.

use super::text::contains_folded;
use super::{EntryId, FieldId, TypeId, Verbatim};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// An attribute of a type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CatalogAttribute {
    /// Its id: the key of an entry's values.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The name of a type it points to, or a primitive's.
    pub kind: String,
    /// Whether its values are set here; backlinks and paths are derived and would count edges twice.
    pub forward: bool,
    /// Whether it holds several values.
    #[serde(default)]
    pub many: bool,
}

/// A type of entries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CatalogType {
    /// Its id.
    pub id: TypeId,
    /// Its name.
    pub name: String,
    /// The key that attributes use to point to it, such as `Custom["Service"]`.
    pub type_name: String,
    /// What it is for: `service`, `team`, …
    pub categories: Vec<String>,
    /// About how many entries it has.
    pub count: Option<i64>,
    /// Its attributes.
    pub attributes: Vec<CatalogAttribute>,
    /// Whether an entry may be pointed to by its name.
    pub by_name: bool,
}

/// One value of an attribute: what is shown, and what it points with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CatalogValue {
    /// Shown.
    pub label: String,
    /// An id, external id or alias of the target; empty for plain values.
    pub literal: String,
}

/// An entry of the catalog.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CatalogEntry {
    /// Its id.
    pub id: EntryId,
    /// Its type.
    pub kind: TypeId,
    /// Its name.
    pub name: String,
    /// Other names.
    pub aliases: Vec<String>,
    /// Its id in the system it came from.
    pub external_id: Option<String>,
    /// Its place among others, where its type is ranked.
    #[serde(default)]
    pub rank: i64,
    /// Values by attribute id.
    pub values: Vec<(String, Vec<CatalogValue>)>,
    /// Its texts as they were written, where less of them is shown.
    #[serde(skip)]
    pub written: Verbatim,
}

impl CatalogType {
    /// Whether its entries are services.
    pub fn is_service(&self) -> bool {
        self.categories.iter().any(|c| c == "service")
    }
}

impl CatalogValue {
    /// What a request points with: the literal of a reference, the words of a plain value.
    pub fn written(&self) -> &str {
        if self.literal.is_empty() {
            &self.label
        } else {
            &self.literal
        }
    }
}

impl CatalogEntry {
    /// What can be changed on it, by key, as text that compares.
    pub fn comparable_values(&self) -> Vec<(FieldId, String)> {
        let words = |values: &[CatalogValue]| {
            values
                .iter()
                .map(CatalogValue::written)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let mut all = vec![(FieldId::from("name"), self.name.clone())];
        all.extend(
            self.values
                .iter()
                .map(|(id, values)| (FieldId::Attribute(id.clone()), words(values))),
        );
        all
    }

    /// Whether every word (lower case) occurs in its name, its aliases or the values it shows.
    pub fn mentions(&self, words: &[String]) -> bool {
        let values = self
            .values
            .iter()
            .flat_map(|(_, values)| values)
            .map(|value| &value.label);
        let texts: Vec<&String> = std::iter::once(&self.name)
            .chain(&self.aliases)
            .chain(values)
            .collect();
        words
            .iter()
            .all(|word| texts.iter().any(|text| contains_folded(text, word)))
    }
}

/// Names that attributes for an owner and for a tier go by: every organisation makes its own.
const OWNER: &[&str] = &["owner", "team", "owning team", "owners"];
const TIER: &[&str] = &["tier", "criticality"];

/// Entries and the edges between them.
#[derive(Clone, Debug, Default)]
pub struct CatalogGraph {
    /// Every type.
    pub types: Vec<CatalogType>,
    /// Every entry loaded.
    pub entries: Vec<CatalogEntry>,
    down: HashMap<EntryId, Vec<(String, EntryId)>>,
    up: HashMap<EntryId, Vec<(String, EntryId)>>,
    /// Places of the services of each owner, by the owner's name in small letters.
    owned: HashMap<String, Vec<usize>>,
}

impl CatalogGraph {
    /// Builds the edges: an attribute whose type is another type's name points to that type's entries, by id, external
    /// id, alias, or name where the type allows it.
    pub fn new(types: Vec<CatalogType>, mut entries: Vec<CatalogEntry>) -> Self {
        entries.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        let by_name: HashMap<&str, &CatalogType> =
            types.iter().map(|t| (t.type_name.as_str(), t)).collect();
        let mut known: HashMap<(&TypeId, &str), &EntryId> = HashMap::new();
        for entry in &entries {
            let allow_name = types.iter().any(|t| t.id == entry.kind && t.by_name);
            let names = entry
                .aliases
                .iter()
                .map(String::as_str)
                .chain(entry.external_id.as_deref())
                .chain(allow_name.then_some(entry.name.as_str()));
            for name in names {
                known.entry((&entry.kind, name)).or_insert(&entry.id);
            }
            known.insert((&entry.kind, entry.id.as_str()), &entry.id);
        }
        let (mut down, mut up) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        for entry in &entries {
            let Some(kind) = types.iter().find(|t| t.id == entry.kind) else {
                continue;
            };
            for (attribute, values) in &entry.values {
                let Some(attribute) = kind
                    .attributes
                    .iter()
                    .find(|a| &a.id == attribute && a.forward)
                else {
                    continue;
                };
                let Some(target) = by_name.get(attribute.kind.as_str()) else {
                    continue;
                };
                for value in values {
                    if let Some(&to) = known.get(&(&target.id, value.literal.as_str())) {
                        down.entry(entry.id.clone())
                            .or_default()
                            .push((attribute.name.clone(), to.clone()));
                        up.entry(to.clone())
                            .or_default()
                            .push((attribute.name.clone(), entry.id.clone()));
                    }
                }
            }
        }
        Self {
            types,
            entries,
            down,
            up,
            owned: HashMap::new(),
        }
        .with_owners()
    }

    fn with_owners(mut self) -> Self {
        let mut owned: HashMap<String, Vec<usize>> = HashMap::new();
        let services = self.entries.iter().enumerate();
        for (at, service) in services.filter(|(_, e)| self.is_service(e)) {
            for owner in self.owner(service).split(", ") {
                owned.entry(owner.to_lowercase()).or_default().push(at);
            }
        }
        self.owned = owned;
        self
    }

    fn is_service(&self, entry: &CatalogEntry) -> bool {
        self.kind(entry).is_some_and(CatalogType::is_service)
    }

    /// The services whose incidents are an entry's: a service's own; of anything else, such as a team, those it owns.
    pub fn services_of(&self, entry: &CatalogEntry) -> Vec<&CatalogEntry> {
        match self.is_service(entry) {
            true => self.entry(&entry.id).into_iter().collect(),
            false => self.owned_by(&entry.name),
        }
    }

    /// A word that means the services of an entry: its name, or its id where another entry of that name comes first.
    pub fn word_for<'a>(&self, entry: &'a CatalogEntry) -> &'a str {
        match self.find(&entry.name) {
            Some(found) if found.id != entry.id => entry.id.as_str(),
            _ => &entry.name,
        }
    }

    fn owned_by(&self, owner: &str) -> Vec<&CatalogEntry> {
        let places = self.owned.get(&owner.to_lowercase()).into_iter().flatten();
        places.filter_map(|at| self.entries.get(*at)).collect()
    }

    /// The entry with an id.
    pub fn entry(&self, id: &EntryId) -> Option<&CatalogEntry> {
        self.entries.iter().find(|entry| &entry.id == id)
    }

    /// The type of an entry.
    pub fn kind(&self, entry: &CatalogEntry) -> Option<&CatalogType> {
        self.types.iter().find(|kind| kind.id == entry.kind)
    }

    /// What an entry points to, with the attribute it does so by.
    pub fn down(&self, id: &EntryId) -> Vec<(&str, &CatalogEntry)> {
        self.named(&self.down, id)
    }

    /// What points to an entry.
    pub fn up(&self, id: &EntryId) -> Vec<(&str, &CatalogEntry)> {
        self.named(&self.up, id)
    }

    fn named<'a>(
        &'a self,
        edges: &'a HashMap<EntryId, Vec<(String, EntryId)>>,
        id: &EntryId,
    ) -> Vec<(&'a str, &'a CatalogEntry)> {
        let found = edges.get(id).into_iter().flatten();
        found
            .filter_map(|(by, to)| Some((by.as_str(), self.entry(to)?)))
            .collect()
    }

    /// The values of an attribute by its name, joined; an empty string where there is none.
    pub fn value(&self, entry: &CatalogEntry, names: &[&str]) -> String {
        let Some(kind) = self.kind(entry) else {
            return String::new();
        };
        let wanted = kind
            .attributes
            .iter()
            .find(|a| names.iter().any(|name| a.name.eq_ignore_ascii_case(name)));
        let values = wanted.and_then(|a| entry.values.iter().find(|(id, _)| id == &a.id));
        values.map_or_else(String::new, |(_, values)| {
            values
                .iter()
                .map(|v| v.label.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        })
    }

    /// Who owns an entry; empty where the catalog does not say.
    pub fn owner(&self, entry: &CatalogEntry) -> String {
        self.value(entry, OWNER)
    }

    /// An entry's tier; empty where the catalog does not say.
    pub fn tier(&self, entry: &CatalogEntry) -> String {
        self.value(entry, TIER)
    }

    /// How many entries an entry needs, its owner not counted.
    pub fn needs(&self, entry: &CatalogEntry) -> usize {
        self.down(&entry.id)
            .iter()
            .filter(|(by, _)| !OWNER.iter().any(|owner| by.eq_ignore_ascii_case(owner)))
            .count()
    }

    /// The services a word means: the one of that name, alias or id, or all that a team of that name owns.
    pub fn services_meant(&self, word: &str) -> Vec<&CatalogEntry> {
        match self.find(word) {
            Some(named) => self.services_of(named),
            None => self.owned_by(word),
        }
    }

    /// Entries that have every word in their name, their aliases or the values they show.
    pub fn search(&self, words: &[String]) -> impl Iterator<Item = &CatalogEntry> {
        let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
        let entries = self.entries.iter();
        entries.filter(move |e| e.mentions(&words))
    }

    /// The service a text names: by id, external id, alias or name, whatever its case.
    pub fn find(&self, text: &str) -> Option<&CatalogEntry> {
        let same = |other: &str| other.eq_ignore_ascii_case(text);
        let matches = |e: &&CatalogEntry| {
            same(&e.name)
                || same(e.id.as_str())
                || e.external_id.as_deref().is_some_and(same)
                || e.aliases.iter().any(|a| same(a))
        };
        let service = |e: &CatalogEntry| self.kind(e).is_some_and(|t| t.is_service());
        self.entries
            .iter()
            .filter(matches)
            .max_by_key(|e| service(e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(literal: &str) -> Vec<CatalogValue> {
        vec![CatalogValue {
            label: literal.to_uppercase(),
            literal: literal.into(),
        }]
    }

    #[test]
    fn edges_resolve_by_id_external_id_alias_and_name_where_allowed() {
        let attribute = |id: &str, forward| CatalogAttribute {
            id: id.into(),
            name: "Depends on".into(),
            kind: "Custom[\"Service\"]".into(),
            forward,
            many: true,
        };
        let kind = CatalogType {
            id: "T".into(),
            name: "Service".into(),
            type_name: "Custom[\"Service\"]".into(),
            categories: vec!["service".into()],
            count: None,
            attributes: vec![attribute("dep", true), attribute("back", false)],
            by_name: true,
        };
        let entry = |id: &str, name: &str, alias: &str, points: &str| CatalogEntry {
            id: id.into(),
            kind: "T".into(),
            name: name.into(),
            aliases: vec![alias.into()],
            rank: 0,
            external_id: Some(format!("ext-{id}")),
            written: Default::default(),
            values: vec![("dep".into(), value(points)), ("back".into(), value("A"))],
        };
        let graph = CatalogGraph::new(
            vec![kind],
            vec![
                entry("A", "api", "front", "ext-B"),
                entry("B", "billing", "money", "cart"),
                entry("C", "cart", "basket", "front"),
                entry("D", "dns", "names", "nowhere"),
            ],
        );
        let down = |id: &str| {
            graph
                .down(&id.into())
                .iter()
                .map(|(_, e)| e.name.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            [down("A"), down("B"), down("C"), down("D")],
            [vec!["billing"], vec!["cart"], vec!["api"], vec![]]
                .map(|v| v.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>())
        );
        assert_eq!(graph.up(&"A".into()).len(), 1, "a backlink is not an edge");
        assert_eq!(
            graph.find("MONEY").map(|e| e.name.as_str()),
            Some("billing")
        );
    }
}
