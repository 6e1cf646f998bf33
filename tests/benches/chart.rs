//! Lines against two axes, as SVG that is read on light and dark pages.

use std::path::Path;

use plotters::prelude::{
    BLACK, ChartBuilder, Circle, Color, EmptyElement, IntoDrawingArea, LineSeries, PathElement, RGBColor,
    SVGBackend, SeriesLabelPosition, WHITE,
};

const SIZE: (u32, u32) = (760, 420);
/// Told apart by those who do not see colours as most do.
const COLOURS: [RGBColor; 2] = [RGBColor(0, 90, 181), RGBColor(220, 50, 32)];

/// What a picture shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chart {
    pub(crate) title: &'static str,
    pub(crate) x: &'static str,
    pub(crate) y: &'static str,
}

/// One line of it.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) points: Vec<(f64, f64)>,
}

impl Chart {
    /// Writes the picture; both axes begin at 0.
    pub(crate) fn draw(self, path: &Path, lines: &[Line]) {
        let greatest = |value: fn(&(f64, f64)) -> f64| {
            let values = lines.iter().flat_map(|line| line.points.iter().map(value));
            values.fold(0.0, f64::max) * 1.05
        };
        let (right, top) = (greatest(|point| point.0), greatest(|point| point.1));
        let area = SVGBackend::new(path, SIZE).into_drawing_area();
        area.fill(&WHITE).expect("a page");
        let mut chart = ChartBuilder::on(&area)
            .caption(self.title, ("sans-serif", 20))
            .margin(16)
            .x_label_area_size(44)
            .y_label_area_size(64)
            .build_cartesian_2d(0.0..right, 0.0..top)
            .expect("axes");
        let plain = |value: &f64| {
            if *value >= 10.0 || *value == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") }
        };
        chart
            .configure_mesh()
            .max_light_lines(0)
            .x_desc(self.x)
            .y_desc(self.y)
            .x_label_formatter(&plain)
            .y_label_formatter(&plain)
            .draw()
            .expect("a mesh");
        for (line, colour) in lines.iter().zip(COLOURS) {
            chart
                .draw_series(LineSeries::new(line.points.iter().copied(), colour.stroke_width(2)))
                .expect("a line")
                .label(line.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
            chart
                .draw_series(
                    line.points
                        .iter()
                        .map(|point| EmptyElement::at(*point) + Circle::new((0, 0), 3, colour.filled())),
                )
                .expect("points");
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE)
            .border_style(BLACK.mix(0.3))
            .draw()
            .expect("labels");
        area.present().expect("a file for the picture");
    }
}
