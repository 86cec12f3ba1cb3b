CREATE TABLE `playlists` (
	`job_id` integer PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`chat_id` integer NOT NULL,
	`title` text NOT NULL,
	`total` integer NOT NULL,
	`entries` text NOT NULL,
	`asked_message_id` integer,
	`picked_update_id` integer,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `playlists_by_user` ON `playlists` (`user_id`,`chat_id`);--> statement-breakpoint
ALTER TABLE `chats` ADD `quiet` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `chats` ADD `left_at` integer;--> statement-breakpoint
ALTER TABLE `jobs` ADD `playlist_id` integer;--> statement-breakpoint
ALTER TABLE `jobs` ADD `quiet` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `inline_query` text;