-- What must be true of a lot's numbers, as one function: PostgreSQL reads a CHECK's text anew for every statement that
-- writes the table, and the same sums written out cost five times as much to read as to compute (ADR 0059).
CREATE OR REPLACE FUNCTION lot_adds_up(
    p_granted bigint, p_remaining bigint, p_held bigint, p_consumed bigint, p_expired bigint, p_voided bigint,
    p_frozen bigint, p_passed bigint, p_net_price bigint, p_net_left bigint, p_open boolean, p_frozen_at timestamptz,
    p_voided_at timestamptz
) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    RETURN p_granted > 0
       AND least(p_remaining, p_held, p_consumed, p_expired, p_voided, p_frozen, p_passed) >= 0
       AND p_granted = p_remaining + p_held + p_consumed + p_expired + p_voided + p_frozen + p_passed
       -- the price of what is left lies within the price, and nothing left has no price
       AND p_net_left BETWEEN 0 AND p_net_price AND (p_remaining + p_frozen > 0 OR p_net_left = 0)
       -- open means spendable
       AND p_open = (p_remaining > 0) AND (p_frozen_at IS NOT NULL OR p_frozen = 0)
       AND (NOT p_open OR (p_frozen_at IS NULL AND p_voided_at IS NULL));
END $$;
