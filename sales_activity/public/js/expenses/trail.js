// How a claim came here: who moved it, when, after how long, why; and its other parts.

frappe.provide("sales_activity.expenses");

const { expenses, milestones } = sales_activity;

/** `$parent`: jQuery element; `shown`: the server's screen. */
expenses.draw_trail = ($parent, { trail, parts, claim }) => {
	const cell = (label, html) => `<td data-label="${label}">${html}</td>`;
	const rows = trail.map(
		(row) => `<tr>
			${cell(__("When"), frappe.datetime.str_to_user(row.at))}
			${cell(__("Who"), milestones.escape(row.full_name || row.user))}
			${cell(__("From State"), row.from_state ? milestones.escape(__(row.from_state)) : "")}
			${cell(__("To State"), expenses.pill(row.to_state))}
			${cell(__("Duration"), row.seconds ? milestones.duration(row.seconds / 86400) : "")}
			${cell(__("Reason"), [row.via, row.reason].filter(Boolean).map(milestones.lines).join("<br>"))}
		</tr>`
	);
	const heads = [__("When"), __("Who"), __("From State"), __("To State"), __("Duration"), __("Reason")];
	$parent.html(`<div class="sa-trail">
		<table class="table table-sm">
			<thead><tr>${heads.map((head) => `<th>${head}</th>`).join("")}</tr></thead>
			<tbody>${rows.join("")}</tbody>
		</table>
		${parts.length ? about_parts(parts, claim.currency) : ""}
	</div>`);
};

function about_parts(parts, currency) {
	const rows = parts.map(
		(part) =>
			`<li>${expenses.link(part.name)} ${expenses.pill(part.status)}
				${expenses.money(part.total_claimed, currency)}</li>`
	);
	return `<h5>${__("Other parts of this claim")}</h5><ul class="sa-parts">${rows.join("")}</ul>`;
}
