"""Names and prices of the demo company. All people and organisations are invented."""

from __future__ import annotations

from typing import NamedTuple

COMPANY, ABBR = "Meridian Network Systems", "MNS"
CURRENCY, FOREIGN_CURRENCY, EXCHANGE_RATE = "INR", "USD", 83.0
DISTRIBUTION = "Peaks at quarter ends"
# the share of a year's business by calendar month, in percent
SEASON = (6.0, 7.5, 12.0, 6.5, 7.0, 10.0, 6.0, 6.5, 10.0, 8.0, 8.5, 12.0)

SELLER, DESIGNER, CALLER = "Sales Person", "Design Consultant", "Tele-sales"
ACCOUNT_MANAGER, COORDINATOR = "Account Manager", "Project Coordinator"
SALES_ROLES = (SELLER, DESIGNER, CALLER, ACCOUNT_MANAGER, COORDINATOR)


class Person(NamedTuple):
	"""Somebody of the sales team; `boss` is the full name of the person above in the tree."""

	first_name: str
	last_name: str
	boss: str | None
	gender: str
	roles: tuple[str, ...] = ("Sales User",)

	@property
	def name(self) -> str:
		"""First and last name."""
		return f"{self.first_name} {self.last_name}"

	@property
	def email(self) -> str:
		"""The user's name, an address that nobody can own."""
		return f"{self.first_name}.{self.last_name}@example.com".lower()


_LEADER = ("Sales User", "Sales Manager", "Area Manager")
PEOPLE = (
	Person("Asha", "Menon", None, "Female", (*_LEADER, "Sales Master Manager")),
	Person("Rohan", "Kapoor", "Asha Menon", "Male", _LEADER),
	Person("Lakshmi", "Iyer", "Asha Menon", "Female", _LEADER),
	Person("Farah", "Khan", "Asha Menon", "Female", (*_LEADER, "Sales Operations")),
	Person("Arjun", "Mehta", "Rohan Kapoor", "Male"),
	Person("Neha", "Gupta", "Rohan Kapoor", "Female"),
	Person("Karthik", "Rao", "Lakshmi Iyer", "Male"),
	Person("Divya", "Nair", "Lakshmi Iyer", "Female"),
	Person("Sanjay", "Pillai", "Farah Khan", "Male"),
	Person("Meera", "Joshi", "Farah Khan", "Female"),
	Person("Tara", "Fernandes", "Farah Khan", "Female", ("Sales User", "Lead Qualifier")),
	Person("Imran", "Sheikh", "Farah Khan", "Male", ("Sales User", "Lead Qualifier")),
)
# who books what the others spend, and their manager; nobody of the sales team
BOOKKEEPER = Person("Leela", "Varghese", "Asha Menon", "Female", ("Accounts User",))
CHIEF = Person("George", "Kurian", "Asha Menon", "Male", ("Accounts User", "Accounts Manager"))
OFFICE = (BOOKKEEPER, CHIEF)
CALLERS, COORDINATORS = ("Tara Fernandes",), ("Imran Sheikh",)
DESIGNERS = ("Sanjay Pillai", "Meera Joshi")
QUALIFIERS = ("Tara Fernandes", "Imran Sheikh")
# who sells where, and which leader looks after the customers there
REGIONS = {
	"North India": (("Arjun Mehta", "Neha Gupta"), "Rohan Kapoor"),
	"South India": (("Karthik Rao", "Divya Nair"), "Lakshmi Iyer"),
	"West India": (("Neha Gupta", "Karthik Rao"), "Rohan Kapoor"),
	"Export": (("Divya Nair", "Arjun Mehta"), "Lakshmi Iyer"),
}
COUNTRY_TERRITORY = "India"

# top group > groups in it
ITEM_GROUPS = {
	"Active Equipment": ("Switches", "Routers", "Wireless", "Firewalls"),
	"Enclosures": ("Racks", "Wall Cabinets"),
	"Cabling": ("Copper Cabling", "Fibre Cabling"),
	"Power and Cooling": ("UPS Systems", "Cooling Units"),
	"Professional Services": ("Design and Installation", "Maintenance Contracts"),
}


class Product(NamedTuple):
	"""An item, its group and its list price in the company's currency."""

	code: str
	name: str
	group: str
	price: int


PRODUCTS = (
	Product("SW-A24", "Access switch 24 ports", "Switches", 48000),
	Product("SW-A48", "Access switch 48 ports", "Switches", 82000),
	Product("SW-P24", "Access switch 24 ports PoE", "Switches", 71000),
	Product("SW-P48", "Access switch 48 ports PoE", "Switches", 118000),
	Product("SW-C32", "Core switch 32 x 100G", "Switches", 640000),
	Product("RT-B1", "Branch router", "Routers", 56000),
	Product("RT-E2", "Edge router 10G", "Routers", 285000),
	Product("RT-LTE", "Router with LTE backup", "Routers", 39000),
	Product("WL-I6", "Indoor access point", "Wireless", 21000),
	Product("WL-O6", "Outdoor access point", "Wireless", 37000),
	Product("WL-C50", "Wireless controller", "Wireless", 165000),
	Product("FW-100", "Firewall 1 Gbit/s", "Firewalls", 98000),
	Product("FW-400", "Firewall 4 Gbit/s", "Firewalls", 310000),
	Product("FW-HA", "Firewall cluster licence", "Firewalls", 74000),
	Product("RK-42", "Rack 42 U, 800 x 1000", "Racks", 64000),
	Product("RK-47", "Rack 47 U, 800 x 1200", "Racks", 79000),
	Product("RK-AISLE", "Aisle containment", "Racks", 420000),
	Product("RK-PDU", "Switched power strip", "Racks", 27000),
	Product("WC-09", "Wall cabinet 9 U", "Wall Cabinets", 9500),
	Product("WC-15", "Wall cabinet 15 U", "Wall Cabinets", 13500),
	Product("WC-IP", "Outdoor cabinet IP55", "Wall Cabinets", 46000),
	Product("CC-6A", "Cat 6A cable, 305 m", "Copper Cabling", 17500),
	Product("CC-PP", "Patch panel 24 ports", "Copper Cabling", 6200),
	Product("CC-PC", "Patch cords, set of 24", "Copper Cabling", 4800),
	Product("FC-SM12", "Single-mode cable, 12 fibres, 500 m", "Fibre Cabling", 38000),
	Product("FC-SM24", "Single-mode cable, 24 fibres, 500 m", "Fibre Cabling", 61000),
	Product("FC-ODF", "Optical distribution frame", "Fibre Cabling", 22000),
	Product("FC-TRX", "Transceiver 10G LR", "Fibre Cabling", 9800),
	Product("UP-03", "UPS 3 kVA", "UPS Systems", 52000),
	Product("UP-10", "UPS 10 kVA", "UPS Systems", 175000),
	Product("UP-40", "Modular UPS 40 kVA", "UPS Systems", 720000),
	Product("UP-BAT", "Battery module", "UPS Systems", 44000),
	Product("CU-ROW", "In-row cooling 25 kW", "Cooling Units", 560000),
	Product("CU-RACK", "Rack cooling unit 7 kW", "Cooling Units", 198000),
	Product("SV-SURV", "Site survey, per day", "Design and Installation", 18000),
	Product("SV-DSGN", "Network design, per day", "Design and Installation", 26000),
	Product("SV-INST", "Installation, per day", "Design and Installation", 15000),
	Product("SV-TRAIN", "Operator training, per day", "Design and Installation", 20000),
	Product("MC-STD", "Maintenance, standard, per year", "Maintenance Contracts", 95000),
	Product("MC-PREM", "Maintenance, premium, per year", "Maintenance Contracts", 210000),
)

# organisation > territory
CUSTOMERS = {
	"Aravalli Steel Works": "North India",
	"Chandni Retail Group": "North India",
	"Doab Sugar Mills": "North India",
	"Himgiri University": "North India",
	"Kalka Rail Logistics": "North India",
	"Yamuna Hospitals": "North India",
	"Coromandel Shipping": "South India",
	"Deccan Textiles": "South India",
	"Kaveri Foods": "South India",
	"Malabar Spices Export": "South India",
	"Nilgiri Tea Estates": "South India",
	"Palani Engineering College": "South India",
	"Godavari Power": "West India",
	"Konkan Pharma": "West India",
	"Sahyadri Insurance": "West India",
	"Tapi Diamond Exchange": "West India",
	"Vindhya Cements": "West India",
	"Westport Container Terminal": "West India",
	"Blue Atoll Resorts": "Export",
	"Harbour City Bank": "Export",
}
# what a lead is called > the organisation and its territory
LEADS = {
	"Vikram Sethi": ("Satluj Dairy", "North India"),
	"Pooja Bhatt": ("Narmada Solar", "West India"),
	"Joseph Mathew": ("Backwater Cruises", "South India"),
	"Rekha Thomas": ("Lakeside School", "South India"),
	"Nitin Desai": ("Girnar Auto Parts", "West India"),
	"Simran Gill": ("Beas Cold Storage", "North India"),
	"Anil Shetty": ("Coastal Fisheries", "South India"),
	"Kavita Rana": ("Shivalik Herbals", "North India"),
}

# who the year's many leads are: any first with any last name, any place with any trade
FIRST_NAMES = (
	*("Aarti", "Bharat", "Chitra", "Deepak", "Esha", "Farhan", "Gauri", "Harish", "Indira", "Jatin"),
	*("Kamala", "Lalit", "Madhuri", "Naveen", "Ojas", "Pallavi", "Qasim", "Radha", "Suresh", "Trisha"),
)
LAST_NAMES = (
	*("Agarwal", "Banerjee", "Chauhan", "Dutta", "Eapen", "Ghosh", "Hegde", "Jain", "Kulkarni", "Lobo"),
	*("Malhotra", "Naidu", "Oberoi", "Patil", "Reddy", "Sinha", "Trivedi", "Verma", "Wagle", "Yadav"),
)
PLACES = (
	*("Amber", "Banyan", "Cauvery", "Dhauladhar", "Elephanta", "Gomti", "Hampi", "Indus", "Jhelum", "Konark"),
	*(
		"Lotus",
		"Mandovi",
		"Nanda",
		"Orchid",
		"Pamba",
		"Ranthambore",
		"Sangam",
		"Tungabhadra",
		"Udaya",
		"Wular",
	),
)
TRADES = (
	*("Foods", "Hospitals", "Logistics", "Mills", "Motors", "Pharma", "Power", "Retail", "School", "Steel"),
	*("Textiles", "University"),
)
LEAD_SOURCES = ("Website", "Trade Fair", "Referral", "Newsletter", "Cold Call")
# what was spent on each campaign, in the company's currency; the first days before today, and the last
CAMPAIGNS = {
	"Monsoon Power Check": (180_000, 250, 170),
	"Data Centre Days": (420_000, 180, 90),
	"Campus Wireless": (95_000, 120, 20),
	"Night of the Networks": (160_000, 60, 40),
}

SUBJECTS = (
	"Campus network",
	"Data centre refresh",
	"Server room",
	"Wireless for the warehouse",
	"Branch office roll-out",
	"Fibre backbone",
	"UPS replacement",
	"Firewall renewal",
	"Control room cooling",
	"Video surveillance network",
	"New plant network",
	"Disaster recovery site",
)
LOST_REASONS = (
	"A competitor was cheaper by a fifth.",
	"The budget was moved to next year.",
	"Delivery would have taken too long.",
	"The customer decided to lease the equipment.",
	"Our design lacked the redundancy asked for.",
	"The project was called off.",
)
