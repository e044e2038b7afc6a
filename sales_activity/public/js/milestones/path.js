// The path of a project: its milestones in steps from left to right, on a phone from top to bottom.

frappe.provide("sales_activity.milestones");

const { milestones } = sales_activity;
const { escape } = milestones;

/**
 * `parent`: jQuery element. `on_choose(row, button)`: what a click on a milestone does; without it the path is
 * only looked at. `small`: names and marks without notes.
 */
milestones.Path = class Path {
	constructor({ parent, on_choose, small = false }) {
		Object.assign(this, { parent, on_choose, small });
	}

	/** Draw these rows of `api.milestones.path`. */
	draw(rows) {
		this.rows = rows;
		const steps = Object.values(by_step(rows));
		this.$path = $(`<ol class="sa-path ${this.small ? "sa-path--small" : ""}">`)
			.attr("aria-label", __("Path"))
			.append(steps.map((step) => this.step(step)));
		this.parent.empty().append(this.$path);
		this.scroll_to_current();
	}

	/** Show which milestone is chosen. */
	choose(name) {
		this.$path.find("button").each((_, button) => {
			$(button).attr("aria-expanded", String(button.dataset.milestone === name));
		});
	}

	step(rows) {
		const done = rows.every((row) => row.is_done) ? "sa-path__step--done" : "";
		const open = rows.some((row) => row.is_open) ? "sa-path__step--open" : "";
		return $(`<li class="sa-path__step ${done} ${open}">`).append(rows.map((row) => this.milestone(row)));
	}

	milestone(row) {
		const note = milestones.note(row);
		const said = [row.milestone, row.is_late ? __("late") : __(row.status), note].join(", ");
		const $button =
			$(`<button type="button" class="sa-path__milestone sa-path__milestone--${milestones.look(row)}">
			<span class="sa-path__mark" aria-hidden="true">${this.mark(row)}</span>
			<span class="sa-path__name">${escape(row.milestone)}</span>
			${this.small ? "" : `<span class="sa-path__note">${escape(note)}</span>`}
		</button>`);
		$button.attr({ "data-milestone": row.name, "aria-label": said, title: said });
		if (row.is_current) $button.attr("aria-current", "step");
		if (this.on_choose) {
			$button.attr("aria-expanded", "false");
			$button.on("click", () => this.on_choose(row, $button));
		}
		return $button;
	}

	mark(row) {
		return row.is_late ? "!" : milestones.MARKS[row.status] || "";
	}

	/** In a path wider than the window the current milestone must not lie outside. */
	scroll_to_current() {
		const path = this.$path.get(0);
		const current = path.querySelector("[aria-current]");
		if (current) path.scrollLeft = current.offsetLeft - path.clientWidth / 3;
	}
};

function by_step(rows) {
	const steps = {};
	for (const row of rows) (steps[row.step] ||= []).push(row);
	return steps;
}
