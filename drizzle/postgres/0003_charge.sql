-- One charge of the rate limits in one round trip: node/store/postgres/limiter.ts says how it is
-- called, shared/limiter.ts what it answers and why.
CREATE FUNCTION charge_update(
  asked_update bigint, asked_user bigint, user_limit integer, global_limit integer,
  asked_at bigint, window_ms bigint, forget_before bigint
) RETURNS charges LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  made charges;
  own bigint;
  common bigint;
BEGIN
  -- Any numbers that all nodes agree on. With a limit for all together there is one lock,
  -- without it one for each person.
  IF global_limit > 0 THEN
    PERFORM pg_advisory_xact_lock(7076810::bigint);
  ELSE
    PERFORM pg_advisory_xact_lock_shared(7076810::bigint);
    PERFORM pg_advisory_xact_lock(7076811, hashtext(asked_user::text));
  END IF;

  -- Read only now: a statement sees what was committed before it began.
  SELECT c.* INTO made FROM charges c WHERE c.update_id = asked_update;
  IF FOUND THEN
    RETURN made;
  END IF;

  IF user_limit > 0 THEN
    SELECT c.at + window_ms INTO own FROM charges c
    WHERE c.retry_at IS NULL AND c.user_id = asked_user
      AND c.at > asked_at - window_ms AND c.at < asked_at + window_ms
    ORDER BY c.at DESC OFFSET user_limit - 1 LIMIT 1;
  END IF;
  IF own IS NULL AND global_limit > 0 THEN
    SELECT c.at + window_ms INTO common FROM charges c
    WHERE c.retry_at IS NULL AND c.at > asked_at - window_ms AND c.at < asked_at + window_ms
    ORDER BY c.at DESC OFFSET global_limit - 1 LIMIT 1;
  END IF;

  made.update_id := asked_update;
  made.user_id := asked_user;
  made.at := asked_at;
  made.retry_at := coalesce(own, common);
  made.scope := CASE WHEN own IS NOT NULL THEN 'user' WHEN common IS NOT NULL THEN 'all' END;
  made.tell := 0;
  IF made.retry_at IS NOT NULL AND NOT EXISTS (
    SELECT FROM charges c
    WHERE c.tell = 1 AND c.user_id = asked_user
      AND c.retry_at > asked_at AND c.retry_at < asked_at + 2 * window_ms
  ) THEN
    made.tell := 1;
  END IF;
  INSERT INTO charges (update_id, user_id, at, retry_at, scope, tell)
  VALUES (made.update_id, made.user_id, made.at, made.retry_at, made.scope, made.tell);

  IF forget_before IS NOT NULL THEN
    DELETE FROM charges c WHERE c.at < forget_before;
  END IF;
  RETURN made;
END
$$;
