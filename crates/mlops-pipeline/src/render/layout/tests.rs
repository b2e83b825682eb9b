//! What a layout promises: nothing lies on anything else, edges lead down, and large graphs are done soon.

use proptest::prelude::*;

use super::{Layout, Link, Rect, Size, lay_out};

const BOX: Size = Size {
    width: 100.0,
    height: 46.0,
};

fn link(from: usize, to: usize) -> Link {
    Link {
        from,
        to,
        label: None,
    }
}

fn overlap(one: &Rect, other: &Rect) -> bool {
    one.x < other.x + other.width
        && other.x < one.x + one.width
        && one.y < other.bottom()
        && other.y < one.bottom()
}

fn everything(layout: &Layout) -> Vec<Rect> {
    let labels = layout.routes.iter().filter_map(|route| route.label);
    layout.boxes.iter().copied().chain(labels).collect()
}

/// Random graphs without cycles, with boxes of many sizes and some labels.
fn graphs() -> impl Strategy<Value = (Vec<Size>, Vec<Link>)> {
    let sizes = prop::collection::vec((20_u32..200, 10_u32..60), 1..40);
    sizes.prop_flat_map(|sizes| {
        let nodes = sizes.len();
        let links =
            prop::collection::vec((0..nodes, 0..nodes, prop::option::of(10_u32..120)), 0..90);
        links.prop_map(move |links| {
            let sizes = sizes.iter().map(|(width, height)| Size {
                width: f64::from(width * 2),
                height: f64::from(*height),
            });
            let links = links
                .into_iter()
                .filter(|(one, other, _)| one != other)
                .map(|(one, other, label)| Link {
                    from: one.min(other),
                    to: one.max(other),
                    label: label.map(|width| Size {
                        width: f64::from(width * 2),
                        height: 14.0,
                    }),
                });
            (sizes.collect(), links.collect())
        })
    })
}

proptest! {
    #[test]
    fn nothing_overlaps_and_all_is_inside((sizes, links) in graphs()) {
        let layout = lay_out(&sizes, &links);
        let all = everything(&layout);
        for (number, one) in all.iter().enumerate() {
            prop_assert!(one.x >= 0.0 && one.y >= 0.0);
            prop_assert!(one.x + one.width <= layout.width && one.bottom() <= layout.height);
            for other in &all[number + 1..] {
                prop_assert!(!overlap(one, other), "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn edges_lead_down_from_box_to_box((sizes, links) in graphs()) {
        let layout = lay_out(&sizes, &links);
        for (link, route) in links.iter().zip(&layout.routes) {
            let (from, to) = (layout.boxes[link.from], layout.boxes[link.to]);
            let first = route.strokes[0][0];
            let last = *route.strokes.last().unwrap().last().unwrap();
            prop_assert_eq!(first.1, from.bottom());
            prop_assert_eq!(last.1, to.y);
            prop_assert!(first.0 >= from.x && first.0 <= from.x + from.width);
            prop_assert!(last.0 >= to.x && last.0 <= to.x + to.width);
            let points: Vec<_> = route.strokes.iter().flatten().collect();
            prop_assert!(points.windows(2).all(|pair| pair[0].1 <= pair[1].1));
            prop_assert_eq!(route.label.is_some(), link.label.is_some());
        }
    }

    #[test]
    fn an_edge_crosses_no_box((sizes, links) in graphs()) {
        let layout = lay_out(&sizes, &links);
        for (number, route) in layout.routes.iter().enumerate() {
            // Curves stay between layers, so only upright lines can meet boxes.
            for pair in route.strokes.iter().flat_map(|stroke| stroke.windows(2)) {
                let line = Rect { x: pair[0].0, y: pair[0].1, width: 0.0, height: pair[1].1 - pair[0].1 };
                if pair[0].0 != pair[1].0 {
                    continue;
                }
                for (node, place) in layout.boxes.iter().enumerate() {
                    let own = node == links[number].from || node == links[number].to;
                    prop_assert!(own || !overlap(&line, place), "{line:?} {place:?}");
                }
            }
        }
    }

    #[test]
    fn the_same_graph_is_laid_out_the_same((sizes, links) in graphs()) {
        prop_assert_eq!(lay_out(&sizes, &links), lay_out(&sizes, &links));
    }
}

#[test]
fn a_chain_is_straight() {
    let links: Vec<Link> = (0..9).map(|node| link(node, node + 1)).collect();
    let layout = lay_out(&[BOX; 10], &links);
    assert!(
        layout
            .boxes
            .iter()
            .all(|place| place.x == layout.boxes[0].x)
    );
    assert!(
        layout
            .routes
            .iter()
            .all(|route| route.strokes[0].len() == 2)
    );
}

#[test]
fn a_diamond_is_symmetric() {
    let links = [link(0, 1), link(0, 2), link(1, 3), link(2, 3)];
    let boxes = lay_out(&[BOX; 4], &links).boxes;
    assert_eq!(boxes[0].centre(), boxes[3].centre());
    let to_the_left = boxes[0].centre() - boxes[1].centre();
    let to_the_right = boxes[2].centre() - boxes[0].centre();
    assert!((to_the_left - to_the_right).abs() <= 1.0);
}

#[test]
fn two_pairs_that_were_wired_crosswise_do_not_cross() {
    let links = [link(0, 3), link(1, 2), link(0, 5), link(1, 4)];
    let boxes = lay_out(&[BOX; 6], &links).boxes;
    let left_first = boxes[0].x < boxes[1].x;
    assert_eq!(left_first, boxes[3].x < boxes[2].x);
    assert_eq!(left_first, boxes[5].x < boxes[4].x);
}

#[test]
fn a_cycle_is_drawn_wrong_rather_than_not_at_all() {
    let layout = lay_out(&[BOX; 3], &[link(0, 1), link(1, 2), link(2, 0)]);
    assert_eq!(layout.boxes.len(), 3);
}

/// The worst shapes: a stage that reads all of a long chain, and layers with thousands of boxes.
#[test]
fn ten_thousand_nodes_are_laid_out() {
    let nodes = 10_000;
    let chain = (0..nodes - 2).map(|node| link(node, node + 1));
    let gathered = (0..nodes - 2).map(|node| link(node, nodes - 1));
    let deep: Vec<Link> = chain.chain(gathered).collect();
    assert_eq!(lay_out(&vec![BOX; nodes], &deep).boxes.len(), nodes);
    let wide: Vec<Link> = (1..nodes - 1)
        .flat_map(|node| [link(0, node), link(node, nodes - 1)])
        .collect();
    assert_eq!(lay_out(&vec![BOX; nodes], &wide).boxes.len(), nodes);
    let layers: Vec<Link> = (100..nodes)
        .flat_map(|node| {
            [
                link(node - 100, node),
                link(node - 100 + (node * 7) % 83, node),
            ]
        })
        .collect();
    assert_eq!(lay_out(&vec![BOX; nodes], &layers).boxes.len(), nodes);
}
