//! Invented names and words. Nobody in here exists.

/// Given names, from many scripts.
pub(crate) const GIVEN: [&str; 36] = [
    "Adaeze",
    "Aiko",
    "Anouk",
    "Ásdís",
    "Björn",
    "Chiara",
    "Dmytro",
    "Eilidh",
    "Fatoumata",
    "Grzegorz",
    "Håkon",
    "Ines",
    "Jörg",
    "Kenji",
    "Lærke",
    "Małgorzata",
    "Nguyễn",
    "Olga",
    "Priya",
    "Quentin",
    "René",
    "Şebnem",
    "Tomáš",
    "Uxía",
    "Viktória",
    "Wanjiru",
    "Xavier",
    "Yusuf",
    "Zoë",
    "Ольга",
    "Γιώργος",
    "美咲",
    "지우",
    "ليلى",
    "Íñigo",
    "Seán",
];

/// Family names.
pub(crate) const FAMILY: [&str; 32] = [
    "Abendroth",
    "Bellweather",
    "Castelnuovo",
    "Dragomirescu",
    "Eskildsen",
    "Featherstone",
    "Guðmundsdóttir",
    "Hollowell",
    "Iwasawa",
    "Jankelowitz",
    "Kråkenes",
    "Llewelyn",
    "Müller-Oßwald",
    "N'Diaye",
    "O'Sullivan",
    "Paszkiewicz",
    "Quispe",
    "Řehoř",
    "Sørensen",
    "Thistlewood",
    "Underhill",
    "Vandermeer",
    "Winterbourne",
    "Xanthopoulos",
    "Yıldırım",
    "Żółkiewski",
    "Achterberg",
    "Brightwater",
    "Петренко",
    "山田",
    "金",
    "الحسن",
];

/// Queues: name, and the media each mostly serves (`v`oice, `c`hat, `e`mail, `m`essage, call`b`ack).
pub(crate) const QUEUES: [(&str, &str); 12] = [
    ("Billing", "vb"),
    ("Technical Support", "vcb"),
    ("Sales", "vcm"),
    ("Retention", "v"),
    ("Claims", "ve"),
    ("Premium Service", "vcm"),
    ("Back Office Mail", "e"),
    ("Web Chat", "c"),
    ("Social & Messaging", "m"),
    ("Outbound Campaigns", "vb"),
    ("Deutschsprachiger Service", "vem"),
    ("Atención al cliente", "vcm"),
];

pub(crate) const DIVISIONS: [&str; 4] = ["Home", "Northern Region", "Southern Region", "Partners"];

pub(crate) const WRAP_UPS: [&str; 16] = [
    "Resolved",
    "Follow-up needed",
    "Escalated",
    "Wrong number",
    "Complaint",
    "Order placed",
    "Order cancelled",
    "Payment taken",
    "Address changed",
    "Technical fault",
    "Callback promised",
    "No answer",
    "Answering machine",
    "Not interested",
    "Do not call",
    "Information given",
];

pub(crate) const SKILLS: [&str; 8] = [
    "German",
    "Spanish",
    "Invoices",
    "Routers",
    "Contracts",
    "Fraud",
    "VIP",
    "Returns",
];

pub(crate) const FLOWS: [&str; 8] = [
    "Main Menu",
    "After Hours",
    "Identification",
    "Support Triage",
    "Order Status Bot",
    "Mail Sorter",
    "In-Queue Music",
    "Post-Call Survey",
];

pub(crate) const TEAMS: [&str; 5] = ["Blue", "Green", "Night Shift", "Premium", "Back Office"];

pub(crate) const GROUPS: [&str; 6] = [
    "Supervisors",
    "Trainers",
    "Fraud Desk",
    "Weekend Crew",
    "Newcomers",
    "Überlauf",
];

pub(crate) const LANGUAGES: [&str; 8] = [
    "English", "German", "Spanish", "French", "Polish", "Turkish", "Japanese", "Arabic",
];

pub(crate) const CAMPAIGNS: [&str; 2] = ["Spring Renewal", "Win-Back"];

pub(crate) const SUBJECTS: [&str; 6] = [
    "Question about my invoice",
    "RE: RE: Delivery is late",
    "Kündigung zum Monatsende",
    "请求退款",
    "Fwd: \"Order\" #88213 \\ missing part",
    "Contract\tcopy, please",
];

/// Attribute keys as flows set them: with spaces, dots, a trailing space.
pub(crate) const ATTRIBUTE_KEYS: [&str; 12] = [
    "customerSegment",
    "Customer Type",
    "ivr.language",
    "account.number",
    "Last Menu Choice ",
    "callback reason",
    "scriptId",
    "context.sales.orderId",
    "NPS eligible",
    "Straße",
    "varInternalRoutingHint",
    "dialerContactId",
];

pub(crate) const NOTES: [&str; 6] = [
    "Customer will send the form.",
    "Refund of 12,50 € agreed.",
    "Line dropped,\ncalled back.",
    "Wants a \"manager\" next time.",
    "✔ solved",
    "Siehe Ticket 4711.",
];
