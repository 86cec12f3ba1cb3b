CREATE TABLE `audit` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`user_id` integer NOT NULL,
	`action` text NOT NULL,
	`detail` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `chats` (
	`id` integer PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`title` text,
	`enabled` integer DEFAULT 1 NOT NULL,
	`lang` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `files` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL,
	`site` text NOT NULL,
	`bytes` integer NOT NULL,
	`hits` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`used_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `files_by_use` ON `files` (`used_at`);--> statement-breakpoint
CREATE TABLE `jobs` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`update_id` integer NOT NULL,
	`item` integer NOT NULL,
	`user_id` integer NOT NULL,
	`chat_id` integer NOT NULL,
	`chat_type` text NOT NULL,
	`thread_id` integer,
	`business_id` text,
	`reply_to` integer,
	`lang` text NOT NULL,
	`url` text NOT NULL,
	`media_key` text NOT NULL,
	`file_key` text NOT NULL,
	`site` text NOT NULL,
	`choice` text NOT NULL,
	`clip_start_ms` integer,
	`clip_end_ms` integer,
	`state` text NOT NULL,
	`stage` text,
	`attempt` integer DEFAULT 0 NOT NULL,
	`crashes` integer DEFAULT 0 NOT NULL,
	`boot_id` text,
	`lease_until` integer,
	`not_before` integer DEFAULT 0 NOT NULL,
	`status_message_id` integer,
	`sent_message_id` integer,
	`sent_count` integer DEFAULT 0 NOT NULL,
	`last_byte_sent` integer DEFAULT 0 NOT NULL,
	`title` text,
	`bytes` integer,
	`from_cache` integer DEFAULT 0 NOT NULL,
	`error_code` text,
	`error_id` text,
	`error_detail` text,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`finished_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_once` ON `jobs` (`update_id`,`item`);--> statement-breakpoint
CREATE INDEX `jobs_by_state` ON `jobs` (`state`,`not_before`,`id`);--> statement-breakpoint
CREATE INDEX `jobs_by_user` ON `jobs` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `jobs_by_file` ON `jobs` (`file_key`,`state`);--> statement-breakpoint
CREATE INDEX `jobs_by_error` ON `jobs` (`error_id`);--> statement-breakpoint
CREATE INDEX `jobs_by_finish` ON `jobs` (`finished_at`);--> statement-breakpoint
CREATE TABLE `state` (
	`space` text NOT NULL,
	`name` text NOT NULL,
	`value` text NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`space`, `name`)
);
--> statement-breakpoint
CREATE TABLE `tallies` (
	`hour` integer NOT NULL,
	`site` text NOT NULL,
	`outcome` text NOT NULL,
	`jobs` integer NOT NULL,
	`bytes` integer NOT NULL,
	`ms` integer NOT NULL,
	PRIMARY KEY(`hour`, `site`, `outcome`)
);
--> statement-breakpoint
CREATE TABLE `updates` (
	`update_id` integer PRIMARY KEY NOT NULL,
	`chat_id` integer NOT NULL,
	`request` text,
	`state` text NOT NULL,
	`attempt` integer DEFAULT 0 NOT NULL,
	`received_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `updates_by_state` ON `updates` (`state`,`update_id`);--> statement-breakpoint
CREATE TABLE `users` (
	`id` integer PRIMARY KEY NOT NULL,
	`name` text,
	`username` text,
	`lang` text,
	`mode` text DEFAULT 'send' NOT NULL,
	`max_height` integer DEFAULT 0 NOT NULL,
	`audio_format` text DEFAULT 'm4a' NOT NULL,
	`captions` integer DEFAULT 1 NOT NULL,
	`as_file` integer DEFAULT 0 NOT NULL,
	`banned_at` integer,
	`blocked_at` integer,
	`created_at` integer NOT NULL,
	`seen_at` integer NOT NULL
);
