// My Next Steps: a card for each thing that the user has to do, most pressing first.

frappe.provide("sales_activity.milestones");

const { milestones } = sales_activity;
const { escape, lines } = milestones;

const CLOSED = { ToDo: "Closed", Event: "Closed" };

/** `parent`: jQuery element of the page's body. `refresh` reads and draws the list. */
milestones.NextSteps = class NextSteps {
	constructor({ parent }) {
		this.$body = $(`<div class="sa-steps">`).appendTo(parent);
	}

	async refresh() {
		const { steps, is_person } = await frappe.xcall("sales_activity.api.milestones.my_next_steps");
		this.$body.empty().append(this.summary(steps, is_person));
		const $list = $(`<ol class="sa-steps__list">`).appendTo(this.$body);
		for (const step of steps) $list.append($("<li>").append(this.card(step)));
	}

	summary(steps, is_person) {
		if (!steps.length && !is_person) {
			return this.note(
				__("You are no Sales Person: no milestone can be your turn."),
				__("Sales Operations enters your Employee in a Sales Person, and your user in the Employee.")
			);
		}
		if (!steps.length)
			return this.note(__("Nothing to do next."), __("You are told when something becomes your turn."));
		const late = steps.filter((step) => step.is_late).length;
		const text = steps.length === 1 ? __("1 step") : __("{0} steps", [steps.length]);
		const also = late ? ` · <span class="sa-card__due--late">${__("{0} late", [late])}</span>` : "";
		return `<p class="sa-steps__summary" role="status">${text}${also} · ${__("most pressing first")}</p>`;
	}

	note(title, text) {
		return `<div class="text-center text-muted" role="status"><h4>${title}</h4><p>${text}</p></div>`;
	}

	card(step) {
		const look = step.is_late ? "late" : step.status === "Returned" ? "returned" : "";
		const kind = step.kind === "Milestone" ? "" : "sa-card--promise";
		const $card = $(`<article class="sa-card ${look && `sa-card--${look}`} ${kind}">`);
		$card.attr({ "aria-label": step.what, "data-name": step.name });
		$card.append(this.head(step), this.people(step), this.said(step), this.guidance(step));
		$card.append(this.involve(step), this.why(step), this.buttons(step));
		return $card;
	}

	head(step) {
		const due = step.at ? frappe.datetime.str_to_user(step.at) : milestones.due(step.due);
		const late = step.is_late ? "sa-card__due--late" : "";
		const state = step.kind === "Milestone" ? __(step.status) : __(step.kind);
		const colour = step.is_late ? "red" : milestones.COLOURS[step.status] || "gray";
		return `<header class="sa-card__head">
			<h3 class="sa-card__what">${escape(step.what)}</h3>
			<span><span class="${late}">${escape(due || __("no date"))}</span>
			<span class="indicator-pill ${colour}">${escape(state)}</span></span>
		</header>`;
	}

	/** With whom, and for which project. */
	people(step) {
		const link = (doctype, name, text) =>
			name ? `<a href="${frappe.utils.get_form_link(doctype, name)}">${escape(text || name)}</a>` : "";
		const party = link(step.party_type, step.party, step.party_name);
		const project = link("Sales Project", step.project, step.project_title);
		const about = ["Sales Project", step.party_type].includes(step.reference_doctype)
			? ""
			: link(step.reference_doctype, step.reference_name);
		const parts = [party && __("With {0}", [party]), project, about].filter(Boolean);
		return parts.length ? `<p class="sa-card__with">${parts.join(" · ")}</p>` : "";
	}

	said(step) {
		return [
			[__("Question to answer"), step.question],
			[__("Reply"), step.reply],
		]
			.filter(([, text]) => text)
			.map(([label, text]) => `<p class="sa-panel__said"><b>${label}:</b> ${lines(text)}</p>`)
			.join("");
	}

	guidance(step) {
		const parts = [
			[__("Outcome wanted"), step.outcome],
			[__("What to find out"), step.find_out],
			[__("What to tell"), step.tell],
		].filter(([, text]) => (text || "").trim());
		const shown = parts.map(([label, text]) => `<div><h5>${label}</h5><p>${lines(text)}</p></div>`);
		return shown.length ? `<div class="sa-panel__guidance">${shown.join("")}</div>` : "";
	}

	involve(step) {
		if (!step.involve?.length) return "";
		const people = step.involve.map((one) => `<b>${escape(one.person)}</b> (${escape(one.why)})`);
		return `<p class="sa-card__involve">${__("Involve")}: ${people.join(", ")}</p>`;
	}

	why(step) {
		const { points, why } = step.priority;
		const shown = why.map(
			(one) => `<li>${escape(one.text)}: ${__("{0} of {1} points", [one.points, one.out_of])}</li>`
		);
		const reasons = why.filter((one) => one.points > 0).sort((a, b) => b.points - a.points);
		const short = reasons.map((one) => escape(one.text)).join(", ");
		return `<details class="sa-card__why">
			<summary>${__("Priority {0} of 100", [points])}${short && `: ${short}`}</summary>
			<ul>${shown.join("")}</ul>
		</details>`;
	}

	buttons(step) {
		const $buttons = $(`<div class="sa-panel__actions">`);
		if (step.kind !== "Milestone") return $buttons.append(this.promise_buttons(step));
		for (const action of main_first(step.actions)) {
			const look = ["Achieved", "Ready"].includes(action.to) ? "btn-primary" : "btn-default";
			$buttons.append(button(__(action.action), look, () => this.act(step, action)));
		}
		if (["Ready", "In Progress"].includes(step.status)) {
			$buttons.append(
				button(__("Delegate"), "btn-default", () =>
					this.run(step, () => milestones.delegate(step), __("Delegated"))
				)
			);
		}
		$buttons.append(button(__("Details"), "btn-link", () => this.open(step)));
		return $buttons;
	}

	promise_buttons(step) {
		return [
			button(__("Done"), "btn-primary", () => this.close(step)),
			$(`<a class="btn btn-sm btn-link">`)
				.text(__("Open"))
				.attr("href", frappe.utils.get_form_link(step.doctype, step.name)),
		];
	}

	/** What asks for a form or a file is done where these are; the rest at once. */
	act(step, action) {
		const asks = step.has_form || step.evidence_required;
		if (action.to === "Achieved" && asks) return this.open(step);
		return this.run(step, () => milestones.ask_and_act(step, action));
	}

	open(step) {
		const title = [step.what, step.party_name].filter(Boolean).join(", ");
		return milestones.open_dialog(step.name, title, () => this.refresh());
	}

	/** `done`: what is said of it; else how the milestone stands. */
	async run(step, action, done) {
		const answer = await action();
		if (!answer) return;
		const message = escape(`${step.what}: ${done || __(answer.status)}`);
		frappe.show_alert({ message, indicator: "green" });
		await this.refresh();
	}

	async close(step) {
		await frappe.db.set_value(step.doctype, step.name, "status", CLOSED[step.doctype]);
		await this.refresh();
	}
};

const ORDER = ["Achieved", "Ready", "In Progress", "Returned"];

/** Without setting aside, which belongs to managers and the form. */
function main_first(actions) {
	return actions
		.filter((action) => ORDER.includes(action.to))
		.sort((one, other) => ORDER.indexOf(one.to) - ORDER.indexOf(other.to));
}

const button = (label, look, run) =>
	$(`<button type="button" class="btn btn-sm ${look}">`).text(label).on("click", run);
