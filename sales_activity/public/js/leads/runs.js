// Runs of leads through programs: what may be done with them, and what they had.

frappe.provide("sales_activity.leads");

const { leads } = sales_activity;

const CHANGES = {
	pause: { label: () => __("Pause"), from: ["Active"] },
	resume: { label: () => __("Resume"), from: ["Paused"] },
	stop: {
		label: () => __("Stop"),
		from: ["Active", "Paused"],
		ask: () => __("End it? The lead goes on only if it is enrolled once more."),
	},
};

/** What may be done with a run in this status: [{change, label}]. */
leads.changes_of = (status) =>
	Object.entries(CHANGES)
		.filter(([, { from }]) => !status || from.includes(status))
		.map(([change, { label }]) => ({ change, label: label() }));

/** Pauses, resumes or stops runs (names). `done()` is called when that is so. */
leads.change_runs = (change, names, done) => {
	const act = async () => {
		const found = await leads.call(`programs.${change}`, { enrolments: names }, true);
		if (!found) return;
		frappe.show_alert({ message: found.message, indicator: "green" });
		done?.();
	};
	if (CHANGES[change].ask) frappe.confirm(CHANGES[change].ask(), act);
	else act();
};

/** Has failed steps tried again: those of runs (`enrolments`), or these (`step_runs`). */
leads.retry = async (names, done) => {
	const found = await leads.call("programs.retry", names, true);
	if (!found) return;
	frappe.show_alert({ message: found.message, indicator: "green" });
	done?.();
};

const next_of = (step) =>
	[
		__("Next: {0} ({1}, day {2})", [step.title, __(step.channel), step.day]),
		step.due && __("due {0}", [frappe.datetime.str_to_user(step.due)]),
	]
		.filter(Boolean)
		.join(" · ");

/** The runs of a lead, each with its state, its next step and what may be done. */
leads.draw_runs = ($parent, runs, may_write, done) => {
	$parent.empty();
	if (!runs.length) $parent.append(leads.empty(__("It is in no program.")));
	for (const run of runs) {
		const about = [
			run.next_step && leads.escape(next_of(run.next_step)),
			run.stop_reason && leads.escape(__(run.stop_reason)),
			run.problem && leads.escape(run.problem),
			__("enrolled {0}", [leads.when(run.enrolled_on)]),
		];
		const $run = $(`<div class="sa-run">
			<div class="sa-run__head">${leads.link("Program Enrolment", run.name, run.program)}
				${leads.pill(__(run.status), leads.RUNS[run.status])}</div>
			<div class="text-muted">${about.filter(Boolean).join(" · ")}</div>
		</div>`).appendTo($parent);
		const offered = may_write ? leads.changes_of(run.status) : [];
		const $buttons = $(`<div class="sa-run__buttons">`).appendTo($run);
		for (const { change, label } of offered) {
			$(`<button class="btn btn-default btn-xs">`)
				.text(label)
				.attr("data-change", change)
				.appendTo($buttons)
				.on("click", () => leads.change_runs(change, [run.name], done));
		}
	}
};

/** The steps that a run had, as a table; what comes next below. */
leads.draw_log = ($parent, { log, next_step }) => {
	const rows = log.map(
		(step) => `<tr>
			<td>${leads.link("Program Step Run", step.name, step.title)}
				<div class="text-muted">${leads.escape(__(step.channel))}, ${__("day {0}", [step.day])}</div></td>
			<td>${leads.pill(__(step.outcome), leads.OUTCOMES[step.outcome])}
				<div class="text-muted">${leads.escape(step.why)}</div></td>
			<td>${leads.when(step.done_on)}<div>${made_by(step)}</div></td>
			<td>${step.responses.map(response).join("")}</td>
		</tr>`
	);
	const heads = [__("Step"), __("Outcome"), __("When"), __("Responses")];
	$parent.html(
		rows.length
			? `<div class="sa-wide"><table class="table table-sm"><thead><tr>${heads
					.map((head) => `<th>${head}</th>`)
					.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table></div>`
			: leads.empty(__("It had no step yet."))
	);
	if (next_step) $parent.append(leads.empty(next_of(next_step)));
};

/** The way to the e-mail, for those who may see Frappe's queue, or to the task. */
function made_by({ email_queue, todo }) {
	const ways = [
		["Email Queue", email_queue, __("E-mail")],
		["ToDo", todo, __("Task")],
	];
	return ways
		.filter(([doctype, name]) => name && frappe.model.can_read(doctype))
		.map(([doctype, name, text]) => leads.link(doctype, name, text))
		.join(" ");
}

const response = ({ response_type, responded_on, title, robot }) =>
	`<div>${leads.escape(__(response_type))}${title ? `: ${leads.escape(title)}` : ""}
		<span class="text-muted">${leads.when(responded_on)}${robot ? ` · ${__("Robot")}` : ""}</span></div>`;
