// The buyer profile: what a lead read, attended and asked, each with what it is worth today.

frappe.provide("sales_activity.leads");

const { leads } = sales_activity;

/** `responses`: as the server gives them, the latest first; `total`: whether there are more is said by the last line. */
leads.draw_profile = ($parent, responses, more) => {
	if (!responses.length) {
		$parent.html(leads.empty(__("Nothing is recorded yet.")));
		return;
	}
	const rows = responses.map(
		(one) => `<li class="sa-did${one.robot ? " text-muted" : ""}">
			<div>
				<b>${leads.escape(__(one.response_type))}</b>${about(one)}
				<div class="text-muted">${[leads.when(one.responded_on), leads.escape(__(one.source))]
					.concat(one.robot ? leads.escape(__("Robot")) : [])
					.join(" · ")}</div>
				${one.details ? `<div class="sa-did__details">${sales_activity.milestones.lines(one.details)}</div>` : ""}
			</div>
			<div class="sa-did__worth" title="${leads.escape(__("Points today"))}">${leads.points(one.worth)}</div>
		</li>`
	);
	$parent.html(`<ul class="sa-did-list">${rows.join("")}</ul>${more || ""}`);
};

function about({ title, url }) {
	const text = leads.escape(title || (url && __("Page")) || "");
	if (!text) return "";
	const is_page = /^https?:\/\//i.test(url || "");
	const shown = is_page
		? `<a href="${leads.escape(url)}" target="_blank" rel="noopener noreferrer">${text}</a>`
		: text;
	return `: ${shown}`;
}
