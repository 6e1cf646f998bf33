//! A path as a picture: principals in layers from left to right, steps as arrows between them.
//!
//! Paths are small and mostly chains, so a layer is the longest way from the start, and the order within a layer that in
//! which its members are named. Nothing depends on a font: widths are those of characters of one width.

use std::collections::BTreeMap;

use ringfence_model::arn::Arn;

use crate::findings::FlowStep;
use crate::output::escape::visible;

/// Sizes in pixels.
const CHARACTER: usize = 7;
const BOX_HEIGHT: usize = 44;
const ROW: usize = 84;
const GAP: usize = 210;
const MARGIN: usize = 16;
/// Between arrows that lead from the same box to the same, and the height of a label.
const SHIFT: usize = 16;
const LINE: usize = 13;
/// Characters of a line in a box, and of the label of an arrow.
const LABEL: usize = 30;
const STEP: usize = 28;

/// A picture, ready to be drawn.
#[derive(Debug)]
pub(super) struct Picture {
    /// How far it reaches to the left of the first box, and above it.
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) nodes: Vec<Node>,
    pub(super) arrows: Vec<Arrow>,
}

/// A box.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) width: usize,
    /// `start`, `goal` or `principal`.
    pub(super) kind: &'static str,
    /// The last part of the ARN.
    pub(super) name: String,
    /// The account.
    pub(super) account: String,
    /// The whole ARN.
    pub(super) whole: String,
    pub(super) middle: usize,
    pub(super) first_line: usize,
    pub(super) second_line: usize,
}

/// An arrow.
#[derive(Debug)]
pub(super) struct Arrow {
    /// The curve, in the language of SVG.
    pub(super) curve: String,
    pub(super) label: String,
    pub(super) x: usize,
    pub(super) y: usize,
    /// The id of the step's statements in the page.
    pub(super) target: String,
    /// The step in words.
    pub(super) words: String,
}

/// What an arrow leads from and to, by the places of the nodes.
struct Edge {
    from: usize,
    to: usize,
    label: String,
    target: String,
    words: String,
}

/// The picture of `flow`, whose arrows lead to the elements `PREFIX-1`, `PREFIX-2`, … of the page, one a request.
pub(super) fn picture(flow: &[FlowStep], prefix: &str) -> Picture {
    let (names, goals, edges) = graph(flow, prefix);
    let layers = layers(names.len(), &edges);
    // Arrows between the same boxes are drawn one beside the other.
    let mut between: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for edge in &edges {
        *between.entry((edge.from, edge.to)).or_default() += 1;
    }
    let beside = between.values().max().copied().unwrap_or(1).saturating_sub(1) * SHIFT;
    let row_height = ROW + 2 * beside;
    let mut rows: BTreeMap<usize, usize> = BTreeMap::new();
    let mut nodes: Vec<Node> = Vec::new();
    let widths = column_widths(&names, &layers);
    for (index, name) in names.iter().enumerate() {
        let layer = layers.get(index).copied().unwrap_or_default();
        let row = rows.entry(layer).or_default();
        let before: usize =
            widths.iter().filter(|(other, _)| **other < layer).map(|(_, width)| width + GAP).sum();
        let kind = if index == 0 {
            "start"
        } else if goals.contains(&index) {
            "goal"
        } else {
            "principal"
        };
        nodes.push(node(name, kind, MARGIN + before, MARGIN + 24 + beside + *row * row_height));
        *row = row.saturating_add(1);
    }
    let mut arrows = arrows(&nodes, &edges);
    part(&mut arrows);
    let half = |arrow: &Arrow| arrow.label.chars().count() * CHARACTER / 2 + 2;
    let left = arrows.iter().map(|arrow| half(arrow).saturating_sub(arrow.x)).max().unwrap_or_default();
    let right = arrows.iter().map(|arrow| arrow.x + half(arrow)).max().unwrap_or_default();
    let bottom = arrows.iter().map(|arrow| arrow.y + LINE).max().unwrap_or_default();
    let of_boxes = nodes.iter().map(|node| node.x + node.width).max().unwrap_or_default();
    let height = rows.values().max().copied().unwrap_or(1) * row_height + 2 * MARGIN + 24 + beside;
    Picture {
        left,
        top: MARGIN,
        width: left + of_boxes.max(right) + 2 * MARGIN,
        height: MARGIN + height.max(bottom),
        nodes,
        arrows,
    }
}

/// Moves labels down that would lie over others.
fn part(arrows: &mut [Arrow]) {
    let mut placed: Vec<(usize, usize, usize)> = Vec::new();
    for arrow in arrows {
        let width = arrow.label.chars().count() * CHARACTER;
        let over = |placed: &[(usize, usize, usize)], y: usize| {
            placed.iter().any(|(x, other, length)| {
                arrow.x.abs_diff(*x) * 2 < width + length && y.abs_diff(*other) < LINE
            })
        };
        while over(&placed, arrow.y) {
            arrow.y += LINE;
        }
        placed.push((arrow.x, arrow.y, width));
    }
}

/// The names in the order in which they come up, which of them are goals, and the edges.
fn graph(flow: &[FlowStep], prefix: &str) -> (Vec<String>, Vec<usize>, Vec<Edge>) {
    let mut names: Vec<String> = Vec::new();
    let mut goals = Vec::new();
    let mut edges: Vec<Edge> = Vec::new();
    let mut place = |name: &str| {
        names.iter().position(|known| known == name).unwrap_or_else(|| {
            names.push(name.to_owned());
            names.len().saturating_sub(1)
        })
    };
    for (index, step) in flow.iter().enumerate() {
        let target = format!("{prefix}-{}", index.saturating_add(1));
        let label = step.number.map_or("then".to_owned(), |number| format!("{number}. {}", step.action));
        for from in step.from.iter().map(|name| place(name)).collect::<Vec<_>>() {
            for to in step.to.iter().map(|name| place(name)).collect::<Vec<_>>() {
                if step.number.is_none() {
                    goals.push(to);
                }
                // Of the requests of one step the first names the arrow.
                let same = |edge: &Edge| (edge.from, edge.to, &edge.words) == (from, to, &step.summary);
                if !edges.iter().any(same) {
                    let (label, target) = (label.clone(), target.clone());
                    edges.push(Edge { from, to, label, target, words: step.summary.clone() });
                }
            }
        }
    }
    (names, goals, edges)
}

/// The layer of each node: one more than that of whoever leads to it. What leads back to an earlier name counts for nothing,
/// so that there is no circle.
fn layers(count: usize, edges: &[Edge]) -> Vec<usize> {
    let mut layers = vec![0_usize; count];
    for _ in 0..count {
        for edge in edges.iter().filter(|edge| edge.from < edge.to) {
            let from = layers.get(edge.from).copied().unwrap_or_default();
            if let Some(to) = layers.get_mut(edge.to) {
                *to = (*to).max(from.saturating_add(1));
            }
        }
    }
    layers
}

fn column_widths(names: &[String], layers: &[usize]) -> BTreeMap<usize, usize> {
    let mut widths: BTreeMap<usize, usize> = BTreeMap::new();
    for (name, layer) in names.iter().zip(layers) {
        let width = widths.entry(*layer).or_default();
        *width = (*width).max(box_width(name));
    }
    widths
}

fn box_width(name: &str) -> usize {
    let (name, account) = lines(name);
    name.chars().count().max(account.chars().count()) * CHARACTER + 20
}

/// What a box says: the end of an ARN and its account, or words on two lines.
fn lines(name: &str) -> (String, String) {
    match Arn::parse(name).filter(|arn| !arn.account.is_empty()) {
        Some(arn) => (shortened(arn.resource, LABEL), format!("{} {}", arn.service, arn.account)),
        None => match name.split_once(" on ") {
            Some((action, resource)) => (shortened(action, LABEL), ending(resource, LABEL)),
            None => (shortened(name, LABEL), String::new()),
        },
    }
}

fn node(name: &str, kind: &'static str, x: usize, y: usize) -> Node {
    let (label, account) = lines(name);
    let width = box_width(name);
    Node {
        x,
        y,
        width,
        kind,
        name: visible(&label),
        account: visible(&account),
        whole: visible(name),
        middle: x + width / 2,
        first_line: y + 18,
        second_line: y + 34,
    }
}

fn arrows(nodes: &[Node], edges: &[Edge]) -> Vec<Arrow> {
    let mut between: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let mut arrows = Vec::new();
    for edge in edges {
        let (Some(from), Some(to)) = (nodes.get(edge.from), nodes.get(edge.to)) else { continue };
        let nth = between.entry((edge.from, edge.to)).or_default();
        let shift = *nth * SHIFT;
        *nth = nth.saturating_add(1);
        let middle = |node: &Node| node.y + BOX_HEIGHT / 2;
        let (curve, x, y) = if edge.from == edge.to {
            // A loop above the box.
            let (left, right, top) = (from.middle.saturating_sub(20), from.middle + 20, from.y);
            let peak = top.saturating_sub(22 + shift);
            (format!("M {left} {top} C {left} {peak}, {right} {peak}, {right} {top}"), from.middle, peak + 2)
        } else if to.x > from.x {
            let (start, end) = (from.x + from.width, to.x);
            let (above, below) = (middle(from), middle(to));
            let half = usize::midpoint(start, end);
            let bend = format!("C {half} {}, {half} {}", above + shift, below + shift);
            let label = usize::midpoint(above, below) + shift;
            (format!("M {start} {above} {bend}, {end} {below}"), half, label.saturating_sub(6))
        } else {
            // Back, or within a layer: below the boxes.
            let (start, end) = (from.middle, to.middle);
            let (above, below) = (from.y + BOX_HEIGHT, to.y + BOX_HEIGHT);
            let deep = above.max(below) + 26 + shift;
            let curve = format!("M {start} {above} C {start} {deep}, {end} {deep}, {end} {below}");
            (curve, usize::midpoint(start, end), deep.saturating_sub(8))
        };
        arrows.push(Arrow {
            curve,
            label: visible(&shortened(&edge.label, STEP)),
            x,
            y,
            target: edge.target.clone(),
            words: visible(&format!("{}: {}", edge.label, edge.words)),
        });
    }
    arrows
}

/// At most so many characters, the first of the text.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// At most so many characters, the last of the text.
fn ending(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_owned();
    }
    let kept = most.saturating_sub(1);
    let short: String = text.chars().skip(count.saturating_sub(kept)).collect();
    format!("…{short}")
}

#[cfg(test)]
mod tests {
    use super::{FlowStep, picture};

    fn step(number: Option<usize>, from: &str, to: &str) -> FlowStep {
        FlowStep {
            number,
            summary: format!("from {from} to {to}"),
            actor: from.to_owned(),
            action: "iam:PassRole".to_owned(),
            resource: "*".to_owned(),
            allowed_by: Vec::new(),
            effects: Vec::new(),
            from: vec![from.to_owned()],
            to: vec![to.to_owned()],
        }
    }

    #[test]
    fn layers_go_from_left_to_right_and_circles_end() {
        let flow = [
            step(Some(1), "a", "b"),
            step(Some(2), "b", "a"),
            step(Some(3), "b", "c"),
            step(None, "c", "goal"),
        ];
        let drawn = picture(&flow, "f1");
        let x: Vec<usize> = drawn.nodes.iter().map(|node| node.x).collect();
        assert!(x.windows(2).all(|pair| pair[0] < pair[1]), "{x:?}");
        assert_eq!(drawn.arrows.len(), 4);
        let kinds: Vec<&str> = drawn.nodes.iter().map(|node| node.kind).collect();
        assert_eq!(kinds, ["start", "principal", "principal", "goal"]);
        assert!(
            drawn.nodes.iter().all(|node| node.x + node.width <= drawn.width && node.y + 44 <= drawn.height)
        );
    }

    #[test]
    fn labels_stay_in_the_picture_and_apart() {
        let mut flow: Vec<FlowStep> = (1..8).map(|number| step(Some(number), "a", "a")).collect();
        for (number, summary) in flow.iter_mut().enumerate() {
            summary.summary = format!("step {number}");
        }
        flow.extend([step(Some(8), "a", "b"), step(Some(9), "a", "c"), step(Some(10), "c", "b")]);
        let drawn = picture(&flow, "f1");
        for (index, arrow) in drawn.arrows.iter().enumerate() {
            let half = arrow.label.chars().count() * 7 / 2;
            assert!(arrow.x + drawn.left >= half && arrow.x + half <= drawn.width - drawn.left, "{arrow:?}");
            assert!(arrow.y + drawn.top >= 13 && arrow.y <= drawn.height - drawn.top, "{arrow:?}");
            for other in drawn.arrows.iter().skip(index + 1) {
                let width = (arrow.label.chars().count() + other.label.chars().count()) * 7;
                let beside = arrow.x.abs_diff(other.x) * 2 >= width;
                assert!(beside || arrow.y.abs_diff(other.y) >= 13, "{arrow:?} {other:?}");
            }
        }
    }

    #[test]
    fn boxes_do_not_overlap_and_names_are_cut() {
        let long = "arn:aws:iam::111122223333:role/".to_owned() + &"x".repeat(500);
        let flow = [step(Some(1), "a", &long), step(Some(2), "a", "b"), step(Some(3), "a", "a")];
        let drawn = picture(&flow, "f1");
        assert!(drawn.width < 1_200, "{}", drawn.width);
        for (index, left) in drawn.nodes.iter().enumerate() {
            for right in drawn.nodes.iter().skip(index + 1) {
                let beside = left.x + left.width <= right.x || right.x + right.width <= left.x;
                assert!(beside || left.y.abs_diff(right.y) >= 44);
            }
        }
        assert_eq!(drawn.nodes[1].whole, long);
    }
}
