// Decide on Expenses: every claim that waits for the user, by employee, with one way to send all decisions.

frappe.provide("sales_activity.expenses");

const { expenses, milestones } = sales_activity;
const { escape } = milestones;
const EXPENSES = "sales_activity.api.expenses";
// claims in one answer of the server
const PAGE = 50;
// claims that are decided on in one request: each is a transaction's worth of work
const AT_ONCE = 20;

/**
 * `page`: Frappe's. `refresh(only)` reads and draws the claims: `only` = {side, claims}, names to show and no others.
 * What was chosen and typed is kept by line until it was sent, whatever is drawn meanwhile.
 */
expenses.DecideMany = class DecideMany {
	constructor({ page }) {
		this.page = page;
		this.typed = {}; // "side line_key" > what DecidedLine.typed says
		this.failed = {}; // claim > why it was not decided on
		this.missed = []; // claims that failed and don't wait for the user any more, as they were
		this.claims = [];
		this.lines = [];
		this.add_filters();
		this.$body = $(`<div class="sa-many">`).appendTo(page.main);
		for (const part of ["told", "claims", "more"])
			this[`$${part}`] = $(`<div class="sa-many__${part}">`).appendTo(this.$body);
		this.$told.attr("role", "status");
		this.draw_bar();
	}

	// --- what is shown --------------------------------------------------------------------------------------

	add_filters() {
		const field = (fieldname, label) =>
			this.page.add_field({
				fieldtype: "Select",
				fieldname,
				label,
				options: [],
				change: () => this.filters_drawn && this.load(),
			});
		this.filters = {
			side: field("side", __("State")),
			employee: field("employee", __("Employee")),
			company: field("company", __("Company")),
		};
		for (const control of Object.values(this.filters))
			control.$input.attr("aria-label", control.df.label);
	}

	async refresh(only = null) {
		if (only) {
			this.only = only;
			this.wanted = only.side;
		}
		await this.load();
	}

	/** What was chosen, or where something waits. */
	get side() {
		const { sides } = this.shown;
		const wanted = this.wanted || this.filters.side.get_value();
		return (
			sides.find((side) => side.name === wanted) ||
			sides.find((side) => side.waiting.length) ||
			sides[0]
		);
	}

	/** As many claims as are shown, or the first ones. */
	async load(count = PAGE) {
		this.keep();
		const shown = await expenses.call(`${EXPENSES}.waiting`);
		if (!shown) return;
		this.shown = shown;
		if (!this.side) {
			this.$told.html(note(__("You decide on nobody's expenses.")));
			return;
		}
		this.draw_filters();
		const claims = await this.read(0, count);
		if (!claims) return;
		this.claims = claims;
		const names = new Set(claims.map((claim) => claim.name));
		this.missed = this.missed.filter((claim) => !names.has(claim.name));
		this.draw();
	}

	/** Claims from the one at `start`, `count` if there are as many; null where the server refused. */
	async read(start, count) {
		const found = [];
		while (found.length < count) {
			const args = { side: this.side.name, start: start + found.length, ...this.asked() };
			const page = await expenses.call(`${EXPENSES}.to_decide`, args);
			if (!page) return null;
			found.push(...page);
			if (page.length < PAGE) break;
		}
		return found;
	}

	asked() {
		const [employee, company] = ["employee", "company"].map((name) => this.filters[name].get_value());
		return {
			...(employee && { employee }),
			...(company && { company }),
			...(this.only && { claims: this.only.claims }),
		};
	}

	/** What can be chosen is what waits. */
	draw_filters() {
		this.filters_drawn = false;
		const { sides } = this.shown;
		const options = sides.map((side) => ({
			value: side.name,
			label: `${__(side.state)} (${sum(side.waiting)})`,
		}));
		set_options(this.filters.side, options, this.side.name);
		this.filters.side.$wrapper.toggle(sides.length > 1);
		this.wanted = null;
		for (const [field, all] of [
			["employee", __("All Employees")],
			["company", __("All Companies")],
		]) {
			const counts = new Map();
			for (const row of this.side.waiting) {
				const label = row[`${field}_name`] || row[field];
				const before = counts.get(row[field])?.total || 0;
				counts.set(row[field], { label, total: before + row.total });
			}
			const found = [...counts].map(([value, { label, total }]) => ({
				value,
				label: `${label} (${total})`,
			}));
			const control = this.filters[field];
			const chosen = counts.has(control.get_value()) ? control.get_value() : "";
			set_options(control, [{ value: "", label: all }, ...found], chosen);
		}
		this.filters_drawn = true;
	}

	async more() {
		const found = await this.read(this.claims.length, PAGE);
		if (!found) return;
		this.keep();
		const known = new Set(this.claims.map((claim) => claim.name));
		this.claims.push(...found.filter((claim) => !known.has(claim.name)));
		this.ended = found.length < PAGE;
		this.draw();
	}

	draw() {
		this.lines = [];
		this.$claims.empty();
		for (const claims of by_employee([...this.missed, ...this.claims])) this.draw_employee(claims);
		this.$told.find(".sa-many__note").remove();
		this.$told.append(this.notes());
		this.draw_more();
		this.$bar.toggle(this.lines.length > 0);
		this.sum_up();
	}

	notes() {
		const notes = [];
		if (this.only) {
			const $all = $(`<button type="button" class="btn btn-default btn-xs">`)
				.text(__("Show All"))
				.on("click", () => {
					this.only = null;
					this.load();
				});
			notes.push($(note(__("Only what you chose in the list."))).append(" ", $all));
		}
		if (!this.claims.length) notes.push($(note(__("Nothing waits for your decision here."))));
		if (this.shown.returned.length && this.side.name !== "Accounts") notes.push(this.returned());
		return notes;
	}

	/** What Accounts asked about is answered on its form. */
	returned() {
		const count = this.shown.returned.length;
		const text =
			count === 1
				? __("1 claim came back with a question of Accounts")
				: __("{0} claims came back with a question of Accounts", [count]);
		const asked = { name: ["in", this.shown.returned] };
		const $show = $(`<button type="button" class="btn btn-default btn-xs">`)
			.text(__("Show Them"))
			.on("click", () => frappe.set_route("List", expenses.CLAIM, asked));
		return $(note(text)).append(" ", $show);
	}

	draw_more() {
		this.$more.empty();
		const waiting = this.waiting();
		if (this.only || this.ended || this.claims.length >= waiting) return;
		$(`<button type="button" class="btn btn-default">`)
			.text(__("Show More ({0} of {1})", [this.claims.length, waiting]))
			.on("click", () => this.more())
			.appendTo(this.$more);
	}

	/** How many claims the filters leave. */
	waiting() {
		const { employee, company } = this.asked();
		return sum(
			this.side.waiting.filter(
				(row) => (!employee || row.employee === employee) && (!company || row.company === company)
			)
		);
	}

	draw_employee(claims) {
		const [{ employee, employee_name }] = claims;
		const name = employee_name || employee;
		const $whose = $(`<section class="sa-many__employee">`)
			.attr({ "aria-label": name, "data-employee": employee })
			.appendTo(this.$claims);
		const $head = $(`<header class="sa-many__head"><h3></h3></header>`).appendTo($whose);
		$head.find("h3").text(name);
		const lines = claims.flatMap((claim) => this.draw_claim($whose, claim));
		this.add_choices($head, lines, __("Approve All of {0}", [name]), name);
	}

	draw_claim($whose, claim) {
		const $claim = $(`<section class="sa-many__claim">`)
			.attr({ "aria-label": claim.title || claim.name, "data-claim": claim.name })
			.appendTo($whose);
		const $head = $(`<header class="sa-many__head">${about(claim)}</header>`).appendTo($claim);
		this.draw_failure($claim, claim);
		if (this.missed.includes(claim)) {
			for (const row of claim.lines) this.draw_missed($claim, claim, row);
			return [];
		}
		const lines = claim.lines.map((row) => this.draw_line($claim, claim, row));
		this.add_choices($head, lines, __("Approve All"), claim.name);
		return lines;
	}

	draw_line($claim, claim, row) {
		const line = new expenses.DecidedLine({
			$parent: $claim,
			row,
			doc: claim,
			side: this.side,
			before: this.typed[this.key(row)],
			on_change: () => this.changed(),
		});
		line.$check = $(`<input type="checkbox" class="sa-many__check">`)
			.attr("aria-label", __("Select row {0} of {1}", [row.idx, claim.name]))
			.on("change", () => this.changed())
			.on("keydown", (event) => this.step(event, line));
		line.$line.find(".sa-expense__head").prepend(line.$check);
		this.lines.push(line);
		return line;
	}

	/** A claim that somebody else decided on: what was written about it can still be read and copied. */
	draw_missed($claim, claim, row) {
		const typed = this.typed[this.key(row)];
		const said = [typed?.kind && __(typed.kind), typed?.kind && typed.amount, typed?.text].filter(
			Boolean
		);
		const wrote = said.length ? `<p class="sa-expense__said">${escape(said.join(" · "))}</p>` : "";
		$(expenses.line_html(row, claim, wrote)).appendTo($claim);
	}

	draw_failure($claim, claim) {
		const message = this.failed[claim.name];
		if (!message) return;
		const $failed = $(`<div class="sa-many__failed" role="alert">`).appendTo($claim);
		$(`<p>`)
			.html(`<b>${__("Not decided")}:</b> ${message}`)
			.appendTo($failed);
		if (!this.missed.includes(claim)) return;
		$(`<button type="button" class="btn btn-default btn-xs">`)
			.text(__("Take It Off the Screen"))
			.on("click", () => {
				this.keep();
				for (const row of claim.lines) delete this.typed[this.key(row)];
				delete this.failed[claim.name];
				this.missed = this.missed.filter((one) => one !== claim);
				this.draw();
			})
			.appendTo($failed);
	}

	/** Approving and selecting all of some lines. */
	add_choices($head, lines, label, what) {
		if (!lines.length) return;
		const $choices = $(`<div class="sa-many__choices">`).appendTo($head);
		$(`<button type="button" class="btn btn-default btn-xs">`)
			.text(label)
			.on("click", () => approve_rest(lines))
			.appendTo($choices);
		const $select = $(`<label><input type="checkbox"> <span></span></label>`).appendTo($choices);
		$select.find("span").text(__("Select all"));
		$select
			.find("input")
			.attr("aria-label", __("Select all of {0}", [what]))
			.on("change", (event) => {
				for (const line of lines) line.$check.prop("checked", event.target.checked);
				// the claims of an employee follow the employee
				$head.parent().find(".sa-many__choices input").prop("checked", event.target.checked);
				this.sum_up();
			});
	}

	/** The arrow keys go from line to line. */
	step(event, line) {
		const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		const next = by && this.lines[this.lines.indexOf(line) + by];
		if (!next) return;
		event.preventDefault();
		next.$check.trigger("focus");
	}

	// --- what is typed --------------------------------------------------------------------------------------

	key(row) {
		return `${this.side.name} ${row.line_key}`;
	}

	/** Before anything is drawn anew. */
	keep() {
		for (const line of this.lines) {
			const key = `${line.side.name} ${line.row.line_key}`;
			const typed = line.typed();
			if (typed) this.typed[key] = typed;
			else delete this.typed[key];
		}
	}

	get chosen() {
		return this.lines.filter((line) => line.kind);
	}

	get selected() {
		return this.lines.filter((line) => line.$check.prop("checked"));
	}

	draw_bar() {
		this.$bar = $(`<section class="sa-many__bar">
			<form class="sa-many__apply hidden">
				<b aria-live="polite"></b>
				<select class="form-control input-xs"></select>
				<textarea rows="1" class="form-control"></textarea>
				<button type="submit" class="btn btn-default btn-sm"></button>
			</form>
			<div class="sa-many__send">
				<p class="sa-expenses__sum" aria-live="polite"></p>
				<button type="button" class="btn btn-primary sa-many__decide"></button>
			</div>
		</section>`)
			.attr("aria-label", __("Decisions"))
			.appendTo(this.$body)
			.hide();
		this.$apply = this.$bar.find("form").on("submit", (event) => {
			event.preventDefault();
			this.apply();
		});
		this.$apply.find("select").attr("aria-label", __("Decision"));
		this.$apply
			.find("textarea")
			.attr({ "aria-label": __("Reason or question"), placeholder: __("Reason or question") });
		this.$apply.find("button").text(__("Apply to Selected"));
		this.$submit = this.$bar
			.find(".sa-many__decide")
			.text(__("Send Decisions"))
			.on("click", () => this.submit());
	}

	/** Once for all lines that change together. */
	changed() {
		this.drawing ||= requestAnimationFrame(() => this.sum_up());
	}

	sum_up() {
		this.drawing = null;
		const selected = this.selected.length;
		this.$apply.toggleClass("hidden", !selected);
		this.$apply.find("b").text(__("{0} selected", [selected]));
		const $select = this.$apply.find("select");
		if ($select.attr("data-side") !== this.side.name) {
			const options = this.side.kinds.map((kind) =>
				$("<option>").val(kind.name).text(expenses.verb(this.side, kind))
			);
			$select.attr("data-side", this.side.name).empty().append(options);
		}
		const hidden = this.hidden();
		const also = hidden ? ` ${__("{0} decisions are on claims that aren't shown.", [hidden])}` : "";
		this.$bar.find(".sa-expenses__sum").text(expenses.sum_of(this.lines) + also);
		this.$submit.prop("disabled", !this.chosen.length);
	}

	/** How many decisions were made on lines that the filters hide now. */
	hidden() {
		const shown = new Set(
			[...this.lines.map((line) => line.row), ...this.missed.flatMap((one) => one.lines)].map((row) =>
				this.key(row)
			)
		);
		return Object.entries(this.typed).filter(([key, typed]) => typed.kind && !shown.has(key)).length;
	}

	/** One decision and reason for all selected lines; an amount that was typed stays. */
	apply() {
		const name = this.$apply.find("select").val();
		const text = this.$apply.find("textarea").val().trim();
		const kind = this.side.kinds.find((one) => one.name === name);
		for (const line of this.selected) {
			if (text) line.$text.val(text);
			line.choose(kind);
			line.$check.prop("checked", false);
		}
		this.$claims.find(".sa-many__choices input").prop("checked", false);
		this.$apply.find("textarea").val("");
		this.sum_up();
	}

	// --- what is sent ---------------------------------------------------------------------------------------

	async submit() {
		const { chosen } = this;
		if (!chosen.length) return;
		const problems = chosen.map((line) => [line, line.problem()]).filter(([, problem]) => problem);
		const told = problems.map(([line, problem]) => `${escape(line.doc.name)}: ${problem}`);
		if (expenses.told_missing(told)) {
			problems[0][0].$line[0].scrollIntoView({ block: "center" });
			return;
		}
		this.$submit.prop("disabled", true);
		this.keep();
		const { decided, failed } = await this.send(chosen);
		this.failed = failed;
		for (const line of chosen) if (decided[line.doc.name]) delete this.typed[this.key(line.row)];
		const before = this.claims;
		this.lines = this.lines.filter((line) => !decided[line.doc.name]);
		this.missed = [...this.missed, ...before].filter((claim) => failed[claim.name]);
		this.tell(decided, failed);
		await this.load(Math.max(before.length, PAGE));
		window.scrollTo({ top: 0 });
	}

	/** Some claims at a time; where a request fails as a whole the user is told, and what follows stays as it is. */
	async send(chosen) {
		const claims = [...new Set(chosen.map((line) => line.doc))].map((doc) => ({
			claim: doc.name,
			modified: doc.modified,
			decisions: expenses.decisions_of(chosen.filter((line) => line.doc === doc)),
		}));
		const all = { decided: {}, failed: {} };
		while (claims.length) {
			const some = claims.splice(0, AT_ONCE);
			const answer = await expenses.call(`${EXPENSES}.decide_many`, { claims: some }, true);
			if (!answer) break;
			Object.assign(all.decided, answer.decided);
			Object.assign(all.failed, answer.failed);
		}
		return all;
	}

	/** What became of each claim. */
	tell(decided, failed) {
		const [done, wrong] = [Object.entries(decided), Object.keys(failed)];
		this.$told.empty();
		if (done.length) {
			const title = done.length === 1 ? __("1 claim decided") : __("{0} claims decided", [done.length]);
			const rows = done.map(
				([claim, parts]) =>
					`<dt>${expenses.link(claim)}</dt><dd>${expenses.parts_html(parts, claim)}</dd>`
			);
			$(
				`<details class="sa-many__decided"><summary><b>${title}</b></summary><dl>${rows.join(
					""
				)}</dl></details>`
			)
				.prop("open", done.length <= 5)
				.appendTo(this.$told);
		}
		if (!wrong.length) return;
		const text =
			wrong.length === 1
				? __("1 claim was not decided. It says why, below.")
				: __("{0} claims were not decided. They say why, below.", [wrong.length]);
		this.$told.append(`<p class="sa-many__failed">${text}</p>`);
	}
};

function about(claim) {
	const since = __("since {0}", [frappe.datetime.str_to_user(claim.state_since)]);
	const due = claim.due_on ? __("Wanted by {0}.", [frappe.datetime.str_to_user(claim.due_on)]) : "";
	return `<div class="sa-many__about">
		<b>${escape(claim.title || claim.name)}</b> ${expenses.link(claim.name)}
		<div class="sa-expense__facts">${[escape(claim.company), since, due].filter(Boolean).join(" · ")}</div>
		${claim.purpose ? `<div>${milestones.lines(claim.purpose)}</div>` : ""}
		<div>${__("Claimed: {0}", [`<b>${expenses.money(claim.total_claimed, claim.currency)}</b>`])}</div>
	</div>`;
}

/** The employee whose claim has waited longest comes first. */
function by_employee(claims) {
	const found = new Map();
	for (const claim of claims) {
		if (!found.has(claim.employee)) found.set(claim.employee, []);
		found.get(claim.employee).push(claim);
	}
	return found.values();
}

function approve_rest(lines) {
	for (const line of lines) if (!line.kind) line.choose(expenses.granting(line.side));
}

function set_options(control, options, value) {
	control.df.options = options;
	control.refresh();
	control.set_input(value);
}

const sum = (rows) => rows.reduce((total, row) => total + row.total, 0);

const note = (text) => `<p class="sa-many__note text-muted">${text}</p>`;
