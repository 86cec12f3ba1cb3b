DROP INDEX "charges_by_time";--> statement-breakpoint
DROP INDEX "charges_by_user";--> statement-breakpoint
ALTER TABLE "charges" ALTER COLUMN "at" SET DATA TYPE bigint;--> statement-breakpoint
ALTER TABLE "charges" ADD COLUMN "retry_at" bigint;--> statement-breakpoint
ALTER TABLE "charges" ADD COLUMN "scope" text;--> statement-breakpoint
ALTER TABLE "charges" ADD COLUMN "tell" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "charges_old" ON "charges" USING btree ("at");--> statement-breakpoint
CREATE INDEX "charges_told" ON "charges" USING btree ("user_id","retry_at") WHERE "charges"."tell" = 1;--> statement-breakpoint
CREATE INDEX "charges_by_time" ON "charges" USING btree ("at") WHERE "charges"."retry_at" IS NULL;--> statement-breakpoint
CREATE INDEX "charges_by_user" ON "charges" USING btree ("user_id","at") WHERE "charges"."retry_at" IS NULL;