import "./desk/report_filters.js";
import "./desk/repost_dialog.js";
