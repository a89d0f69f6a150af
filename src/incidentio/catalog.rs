//! The catalog: types and entries.

use super::pagination::query;
use super::wire::{AsChanged, Wire, as_changed};
use super::{ApiError, Client, Listed};
use crate::domain::catalog::CatalogValue;
use crate::domain::{CatalogAttribute, CatalogEntry, CatalogType, FieldId, TypeId, Verbatim};

fn attribute(v: Wire<'_>) -> Option<CatalogAttribute> {
    Some(CatalogAttribute {
        id: v.id("id")?.into(),
        name: v.line("name"),
        kind: v.raw("type").to_owned(),
        forward: !matches!(v.raw("mode"), "backlink" | "path"),
        many: v.0["array"].as_bool().unwrap_or(false),
    })
}

fn catalog_type(v: Wire<'_>) -> Option<CatalogType> {
    Some(CatalogType {
        id: v.id("id")?.into(),
        name: v.line("name"),
        type_name: v.raw("type_name").to_owned(),
        categories: v.lines("categories"),
        count: v.number("estimated_count"),
        attributes: v
            .at("schema")
            .list("attributes")
            .filter_map(attribute)
            .collect(),
        by_name: v.0["use_name_as_identifier"].as_bool().unwrap_or(false),
    })
}

fn entry(v: Wire<'_>) -> Option<CatalogEntry> {
    // Plain values carry their text in the label; the literal is what references point with.
    let value = |x: Wire<'_>| CatalogValue {
        label: x.some_line("label").unwrap_or_else(|| x.line("literal")),
        literal: x.line("literal"),
    };
    let (name, aliases) = (v.line("name"), v.lines("aliases"));
    let mut written = Verbatim::default()
        .with("name", v.raw("name"), &name)
        .with_all("aliases", &v.raw_list("aliases"), &aliases);
    let attributes = || v.0["attribute_values"].as_object().into_iter().flatten();
    if let Some(external) = v.some_line("external_id") {
        written.keep("external", v.raw("external_id"), &external);
    }
    for (id, binding) in attributes() {
        let single = Wire(binding).at("value");
        let raw = match single.raw("literal") {
            "" => single.raw("label"),
            literal => literal,
        };
        let shown = value(single);
        written.keep(FieldId::Attribute(id.clone()), raw, shown.written());
    }
    let values = attributes().map(|(id, binding)| {
        let binding = Wire(binding);
        let single = Some(binding.at("value")).filter(|v| v.is_some()).map(value);
        (
            id.clone(),
            single
                .into_iter()
                .chain(binding.list("array_value").map(value))
                .collect(),
        )
    });
    Some(CatalogEntry {
        id: v.id("id")?.into(),
        kind: v.id("catalog_type_id")?.into(),
        name,
        aliases,
        written,
        external_id: v.some_line("external_id"),
        rank: v.number("rank").unwrap_or(0),
        values: values.collect(),
    })
}

impl Client {
    /// Every type.
    pub async fn catalog_types(&self) -> Result<Listed<CatalogType>, ApiError> {
        self.list(
            "/v3/catalog_types",
            "catalog_types",
            vec![],
            2_000,
            catalog_type,
        )
        .await
    }

    /// One entry.
    pub async fn catalog_entry(&self, id: &str) -> Result<CatalogEntry, ApiError> {
        Ok(self.catalog_entry_as_changed(id).await?.0)
    }

    /// One entry, and when it was changed last.
    pub async fn catalog_entry_as_changed(
        &self,
        id: &str,
    ) -> Result<AsChanged<CatalogEntry>, ApiError> {
        let path = format!("/v3/catalog_entries/{id}");
        let body = self.get(&path, &[]).await?;
        let found = as_changed(Wire(&body).at("catalog_entry"), entry);
        found.ok_or_else(|| self.unreadable(&path, "a catalog entry"))
    }

    /// Entries of a type, at most `most`.
    pub async fn catalog_entries(
        &self,
        kind: &TypeId,
        most: usize,
    ) -> Result<Listed<CatalogEntry>, ApiError> {
        self.list(
            "/v3/catalog_entries",
            "catalog_entries",
            query(&[("catalog_type_id", kind.as_str()), ("page_size", "250")]),
            most,
            entry,
        )
        .await
    }
}

/// What every reader here makes of a value.
#[cfg(test)]
pub(super) fn read_any(v: Wire<'_>) -> Vec<String> {
    vec![
        format!("{:?}", attribute(v)),
        format!("{:?}", catalog_type(v)),
        format!("{:?}", entry(v)),
    ]
}
