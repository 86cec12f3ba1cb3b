CREATE TABLE `timings` (
	`hour` integer NOT NULL,
	`site` text NOT NULL,
	`bucket` integer NOT NULL,
	`jobs` integer NOT NULL,
	PRIMARY KEY(`hour`, `site`, `bucket`)
);
