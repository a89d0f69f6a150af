//! The official Rust SDK as an independent client of the simulated organisation: it lists, creates and shows, and its
//! strict types accept every answer. Usage: oracle URL KEY.

use incident_io::apis::configuration::Configuration;
use incident_io::apis::*;
use incident_io::models::incidents_create_payload_v2::Visibility;
use incident_io::models::*;
use std::collections::HashSet;

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let mut config = Configuration::new();
    config.base_path = args.next().expect("a URL");
    config.bearer_access_token = Some(args.next().expect("a key"));
    let first = read(&config).await;
    write(&config, &first).await;
    println!("the official SDK accepts every answer");
}

/// Walks every list; returns the ids of an incident and a severity.
async fn read(config: &Configuration) -> (String, String) {
    let identity = utilities_v1_api::utilities_v1_identity(
        config,
        utilities_v1_api::UtilitiesV1IdentityParams::new(),
    )
    .await
    .expect("identity");
    assert!(!identity.identity.name.is_empty());
    let severities = severities_v1_api::severities_v1_list(
        config,
        severities_v1_api::SeveritiesV1ListParams::new(),
    )
    .await
    .expect("severities")
    .severities;
    let (mut seen, mut after) = (HashSet::new(), None::<String>);
    let id = loop {
        let mut params = incidents_v2_api::IncidentsV2ListParams::new().set_page_size(100);
        if let Some(after) = after.take() {
            params = params.set_after(after);
        }
        let page = incidents_v2_api::incidents_v2_list(config, params)
            .await
            .expect("incidents");
        assert!(!page.incidents.is_empty());
        page.incidents
            .iter()
            .for_each(|i| assert!(seen.insert(i.id.clone()), "{} is on two pages", i.reference));
        after = page.pagination_meta.and_then(|meta| meta.after);
        if after.is_none() {
            break page.incidents[0].id.clone();
        }
    };
    assert!(seen.len() >= 300, "{} incidents", seen.len());
    let shown = incidents_v2_api::incidents_v2_show(
        config,
        incidents_v2_api::IncidentsV2ShowParams::new(id.clone()),
    )
    .await
    .expect("show");
    assert_eq!(shown.incident.id, id);
    incident_timeline_items_v2_api::incident_timeline_items_v2_list(
        config,
        incident_timeline_items_v2_api::IncidentTimelineItemsV2ListParams::new(id.clone()),
    )
    .await
    .expect("timeline");
    incident_activity_log_entries_v2_api::incident_activity_log_entries_v2_list(
        config,
        incident_activity_log_entries_v2_api::IncidentActivityLogEntriesV2ListParams::new(
            id.clone(),
        ),
    )
    .await
    .expect("activity");
    incident_updates_v2_api::incident_updates_v2_list(
        config,
        incident_updates_v2_api::IncidentUpdatesV2ListParams::new(),
    )
    .await
    .expect("updates");
    let types = catalog_v3_api::catalog_v3_list_types(
        config,
        catalog_v3_api::CatalogV3ListTypesParams::new(),
    )
    .await
    .expect("types")
    .catalog_types;
    let mut entries = 0;
    for kind in &types {
        entries += catalog_v3_api::catalog_v3_list_entries(
            config,
            catalog_v3_api::CatalogV3ListEntriesParams::new(kind.id.clone(), 250),
        )
        .await
        .expect("entries")
        .catalog_entries
        .len();
    }
    assert_eq!(entries, 72, "twelve teams and sixty services");
    let schedules = schedules_v2_api::schedules_v2_list(
        config,
        schedules_v2_api::SchedulesV2ListParams::new().set_page_size(25),
    )
    .await
    .expect("schedules")
    .schedules;
    assert_eq!(schedules.len(), 8);
    schedules_v2_api::schedules_v2_list_schedule_entries(
        config,
        schedules_v2_api::SchedulesV2ListScheduleEntriesParams::new(schedules[0].id.clone()),
    )
    .await
    .expect("entries");
    escalations_v2_api::escalations_v2_list(
        config,
        escalations_v2_api::EscalationsV2ListParams::new(),
    )
    .await
    .expect("escalations");
    escalations_v2_api::escalations_v2_list_paths(
        config,
        escalations_v2_api::EscalationsV2ListPathsParams::new(),
    )
    .await
    .expect("paths");
    alerts_v2_api::alerts_v2_list(config, alerts_v2_api::AlertsV2ListParams::new(50))
        .await
        .expect("alerts");
    users_v2_api::users_v2_list(config, users_v2_api::UsersV2ListParams::new())
        .await
        .expect("users");
    teams_v3_api::teams_v3_list(config, teams_v3_api::TeamsV3ListParams::new())
        .await
        .expect("teams");
    actions_v3_api::actions_v3_list(config, actions_v3_api::ActionsV3ListParams::new())
        .await
        .expect("actions");
    follow_ups_v3_api::follow_ups_v3_list(config, follow_ups_v3_api::FollowUpsV3ListParams::new())
        .await
        .expect("follow-ups");
    (id, severities[0].id.clone())
}

/// Declares twice with one key, and reads back what was declared.
async fn write(config: &Configuration, (_, severity): &(String, String)) {
    let body = || {
        IncidentsCreatePayloadV2::new("oracle-1", Visibility::Public)
            .set_name("Declared by the official SDK")
            .set_severity_id(severity.clone())
    };
    let declare = || {
        incidents_v2_api::incidents_v2_create(
            config,
            incidents_v2_api::IncidentsV2CreateParams::new(body()),
        )
    };
    let (first, second) = (
        declare().await.expect("declared").incident,
        declare().await.expect("declared").incident,
    );
    assert_eq!(first.id, second.id, "the same key makes one incident");
    let shown = incidents_v2_api::incidents_v2_show(
        config,
        incidents_v2_api::IncidentsV2ShowParams::new(first.id),
    )
    .await
    .expect("show")
    .incident;
    assert_eq!(shown.name, "Declared by the official SDK");
}
