//! The graph for programs: one JSON document, with everything that the pictures leave out.

use serde_json::{Map, Value as Json, json};

use super::picture::{End, Picture, PictureEdge, StageNode};

pub(super) fn write(picture: &Picture<'_>) -> String {
    let sources: Vec<Json> = picture
        .sources
        .iter()
        .enumerate()
        .map(|(index, source)| {
            json!({
                "id": End::Source(index).id(),
                "kind": source.kind,
                "location": source.location,
            })
        })
        .collect();
    let outputs: Vec<Json> = picture
        .outputs
        .iter()
        .map(|output| {
            json!({
                "name": output.name,
                "node": End::Stage(output.call).id(),
                "output": output.output,
            })
        })
        .collect();
    let mut document = Map::new();
    if let Some(plan) = picture.plan {
        document.insert("pipeline".to_owned(), json!(plan.pipeline));
        document.insert("profile".to_owned(), json!(plan.profile));
    }
    let nodes: Vec<Json> = picture.stages.iter().enumerate().map(node).collect();
    let edges: Vec<Json> = picture.edges.iter().map(edge).collect();
    for (name, list) in [
        ("nodes", nodes),
        ("sources", sources),
        ("edges", edges),
        ("outputs", outputs),
    ] {
        document.insert(name.to_owned(), Json::Array(list));
    }
    format!("{:#}\n", Json::Object(document))
}

fn node((index, stage): (usize, &StageNode<'_>)) -> Json {
    let call = stage.call;
    let wired_at = call.wired_at;
    let mut node = Map::new();
    let mut put = |name: &str, value: Json| node.insert(name.to_owned(), value);
    put("id", json!(End::Stage(index).id()));
    put("stage", json!(call.name));
    put("path", json!(call.stage.path));
    put("kind", json!(call.stage.kind.as_str()));
    put("description", json!(call.stage.description));
    put("owner", json!(call.stage.owner));
    put("at", json!(call.stage.place()));
    put(
        "wired_at",
        json!(format!("{}:{}", wired_at.file(), wired_at.line())),
    );
    let parameters: Map<String, Json> = stage
        .parameters
        .iter()
        .map(|(name, value)| (name.clone(), value.to_json()))
        .collect();
    put("parameters", Json::Object(parameters));
    let conditions: Vec<Json> = call
        .conditions
        .iter()
        .map(|(flag, output)| json!({ "node": End::Stage(*flag).id(), "output": output }))
        .collect();
    put("conditions", Json::Array(conditions));
    put("outputs", json!(stage.outputs));
    if let Some(planned) = stage.planned {
        put("decision", json!(planned.decision.as_str()));
        put("key", json!(planned.key.map(|key| key.to_string())));
        put("reasons", json!(planned.reasons));
    }
    Json::Object(node)
}

fn edge(edge: &PictureEdge) -> Json {
    json!({
        "from": edge.from.id(),
        "to": End::Stage(edge.to).id(),
        "kind": match (edge.condition, edge.from) {
            (true, _) => "when",
            (false, End::Stage(_)) => "data",
            (false, End::Source(_)) => "source",
        },
        "inputs": edge.inputs,
    })
}
