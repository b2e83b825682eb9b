//! What the pictures promise: the same bytes each time, right escapes, and no edge into nothing.

mod graphs;

use std::collections::HashSet;

use mlops_core::StageKind;
use serde_json::Value as Json;

use self::graphs::{
    TestFile, call, chain, churn, conditional, diamond, fan, graph, parameter, plan, reads, stage,
};
use super::{GraphFormat, render};
use crate::graph::Graph;
use crate::plan::Decision;

const MIXED: [Decision; 5] = [
    Decision::Reuse,
    Decision::Run,
    Decision::Depends,
    Decision::Blocked,
    Decision::Skip,
];

/// The document without `wired_at`, whose lines move whenever these tests are edited.
fn json(graph: &Graph) -> Json {
    let plan = plan(graph, &MIXED);
    let mut document: Json =
        serde_json::from_str(&render(graph, Some(&plan), GraphFormat::Json)).unwrap();
    for node in document["nodes"].as_array_mut().unwrap() {
        assert!(
            node.as_object_mut()
                .unwrap()
                .shift_remove("wired_at")
                .is_some()
        );
    }
    document
}

/// Names that mean something to one format or another.
fn nasty() -> Graph {
    let load = stage(
        "say \"hi\" <b>&amp; \\N #1; `x` ]]> 数据 é 🚀\u{1}",
        StageKind::Plain,
        &["quote\" <i>", "& --> x"],
    );
    let file = parameter(TestFile("C:\\data\\<raw> & \"co\".csv"));
    let text = parameter("</title>\n\"; drop".to_owned());
    let load = call(load, vec![file, text]);
    let train = stage("train", StageKind::Train, &["a|b\" <i>", "n"]);
    let first = call(train, vec![reads(&load), parameter(1_u32)]);
    let second = call(train, vec![reads(&first), parameter(2_u32)]);
    let join = stage("end", StageKind::Evaluate, &["left \"<", "right;"]);
    graph(&[&call(join, vec![reads(&load), reads(&second)])])
}

#[test]
fn every_format_says_its_name_and_reads_it_back() {
    for format in GraphFormat::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
    }
}

#[test]
fn an_unknown_format_is_answered_with_those_there_are() {
    let error = "png".parse::<GraphFormat>().unwrap_err();
    assert_eq!(
        error,
        "`png` is no graph format: expected dot, mermaid, svg or json"
    );
    assert!(
        GraphFormat::ALL
            .iter()
            .all(|format| error.contains(format.as_str()))
    );
}

#[test]
fn the_churn_pipeline_as_dot() {
    insta::assert_snapshot!(render(&churn(), None, GraphFormat::Dot));
}

#[test]
fn the_churn_pipeline_as_mermaid() {
    insta::assert_snapshot!(render(&churn(), None, GraphFormat::Mermaid));
}

#[test]
fn the_churn_pipeline_as_json() {
    insta::assert_snapshot!(format!("{:#}", json(&churn())));
}

#[test]
fn the_churn_pipeline_as_svg() {
    let graph = churn();
    let plan = plan(&graph, &MIXED);
    insta::assert_snapshot!(render(&graph, Some(&plan), GraphFormat::Svg));
}

#[test]
fn a_planned_condition_as_dot() {
    let graph = conditional();
    let plan = plan(&graph, &MIXED);
    insta::assert_snapshot!(render(&graph, Some(&plan), GraphFormat::Dot));
}

#[test]
fn a_planned_condition_as_mermaid() {
    let graph = conditional();
    let plan = plan(&graph, &MIXED);
    insta::assert_snapshot!(render(&graph, Some(&plan), GraphFormat::Mermaid));
}

#[test]
fn the_same_graph_gives_the_same_bytes() {
    for make in [churn, conditional, diamond, nasty] {
        for format in GraphFormat::ALL {
            let (one, other) = (make(), make());
            let (plan_of_one, plan_of_other) = (plan(&one, &MIXED), plan(&other, &MIXED));
            assert_eq!(
                render(&one, Some(&plan_of_one), format),
                render(&other, Some(&plan_of_other), format)
            );
        }
    }
}

#[test]
fn every_edge_joins_nodes_that_exist() {
    for graph in [
        churn(),
        conditional(),
        diamond(),
        fan(12),
        chain(9),
        nasty(),
    ] {
        let document = json(&graph);
        let ids = |list: &str| -> HashSet<String> {
            let nodes = document[list].as_array().unwrap().iter();
            nodes
                .map(|node| node["id"].as_str().unwrap().to_owned())
                .collect()
        };
        let (nodes, sources) = (ids("nodes"), ids("sources"));
        assert_eq!(nodes.len(), graph.len());
        for edge in document["edges"].as_array().unwrap() {
            let from = edge["from"].as_str().unwrap();
            assert!(nodes.contains(from) || sources.contains(from), "{edge}");
            assert!(nodes.contains(edge["to"].as_str().unwrap()), "{edge}");
        }
        for output in document["outputs"].as_array().unwrap() {
            assert!(nodes.contains(output["node"].as_str().unwrap()));
        }
    }
}

#[test]
fn nasty_names_come_back_from_json_as_they_were() {
    let graph = nasty();
    let document = json(&graph);
    let names: Vec<&str> = document["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["stage"].as_str().unwrap())
        .collect();
    let expected: Vec<&str> = graph.calls().map(|(_, call)| call.name.as_str()).collect();
    assert_eq!(names, expected);
    assert!(names.contains(&"train[1]"));
    assert_eq!(
        document["nodes"][0]["parameters"]["& --> x"],
        "</title>\n\"; drop"
    );
}

#[test]
fn nasty_names_are_escaped_in_dot() {
    insta::assert_snapshot!(render(&nasty(), None, GraphFormat::Dot));
}

#[test]
fn nasty_names_are_escaped_in_mermaid() {
    insta::assert_snapshot!(render(&nasty(), None, GraphFormat::Mermaid));
}

/// A strict look at the parts of XML that escaping can get wrong: tags must nest, `<`, `&` and quotes must be escaped.
#[test]
fn nasty_names_leave_svg_well_formed() {
    let graph = nasty();
    let plan = plan(&graph, &MIXED);
    let svg = render(&graph, Some(&plan), GraphFormat::Svg);
    assert!(svg.contains("&lt;b&gt;&amp;amp; \\N"));
    assert!(svg.contains("&lt;/title&gt;"));
    assert!(svg.contains('�'), "a control character is replaced");
    assert!(
        svg.chars()
            .all(|character| character == '\n' || !character.is_control())
    );
    let mut open = Vec::new();
    for part in svg.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap();
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap());
        }
        for entity in text.split('&').skip(1) {
            let (name, _) = entity.split_once(';').unwrap();
            assert!(["amp", "lt", "gt", "quot", "#39"].contains(&name), "{name}");
        }
        assert!(
            open.last() == Some(&"style") || !text.contains('>'),
            "{text}"
        );
    }
    assert!(open.is_empty());
}

#[test]
fn a_decision_is_told_in_words_in_every_format() {
    let graph = churn();
    let plan = plan(&graph, &MIXED);
    for format in GraphFormat::ALL {
        let picture = render(&graph, Some(&plan), format);
        for decision in MIXED {
            let word = match format {
                GraphFormat::Json => format!("\"decision\": \"{}\"", decision.as_str()),
                _ => format!("· {}", decision.as_str()),
            };
            assert!(picture.contains(&word), "{format} lacks {word}");
        }
    }
}

#[test]
fn a_condition_is_drawn_where_it_begins_and_told_wherever_it_holds() {
    let document = json(&conditional());
    let nodes = document["nodes"].as_array().unwrap();
    let id = |name: &str| {
        let node = nodes.iter().find(|node| node["stage"] == name);
        node.unwrap()["id"].clone()
    };
    let drawn: Vec<&Json> = document["edges"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|edge| edge["kind"] == "when")
        .collect();
    assert_eq!(drawn.len(), 1);
    assert_eq!(drawn[0]["from"], id("good_enough"));
    assert_eq!(drawn[0]["to"], id("pack"));
    for name in ["pack", "publish"] {
        let node = nodes.iter().find(|node| node["stage"] == name).unwrap();
        assert_eq!(node["conditions"][0]["node"], id("good_enough"));
    }
}

#[test]
fn one_place_is_one_source_however_often_it_is_read() {
    let load = stage("load", StageKind::Ingest, &["file", "rows"]);
    let one = call(
        load,
        vec![parameter(TestFile("/data/a.csv")), parameter(1_u32)],
    );
    let other = call(
        load,
        vec![parameter(TestFile("/data/a.csv")), parameter(2_u32)],
    );
    let document = json(&graph(&[&one, &other]));
    assert_eq!(document["sources"].as_array().unwrap().len(), 1);
    assert_eq!(document["edges"].as_array().unwrap().len(), 2);
    assert_eq!(document["nodes"][1]["parameters"]["rows"], 2);
}

#[test]
fn an_empty_graph_is_a_picture_too() {
    let empty = graph(&[]);
    for format in GraphFormat::ALL {
        assert!(render(&empty, None, format).ends_with('\n'));
    }
}

#[test]
fn ten_thousand_stages_in_a_row_are_drawn_without_recursion() {
    let graph = chain(10_000);
    let svg = render(&graph, None, GraphFormat::Svg);
    assert_eq!(svg.matches("<rect class=\"mlops-box\"").count(), 10_000);
}
