"""Books in order, however large, filled by statements over whole sets: orders, money, kontör, documents, invoices.

Every lot is used up by its documents, every order is paid, listed, invoiced and its commission accrued, every wallet
has its true hash chain: reconciliation and verification find nothing in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import psycopg

from ebelge.devstack.services import plain_postgres_url

# Tenants of the books by number: 0 is the operator, 1 a reseller on commission, 2 and on are customers.
OPERATOR, RESELLER, FIRST_CUSTOMER = 0, 1, 2
NET_KURUS_PER_KONTOR, KDV_PERCENT, COMMISSION_BP = 100, 20, 1500
_TABLES = (
    "tenant", "wallet", "lot", "charge", "charge_lot", "journal", "document", "kontor_order", "payment",
    "bank_account", "bank_statement", "bank_line", "bank_allocation", "gateway_line", "reseller_contract",
    "commission_entry",
)  # fmt: skip
_TOOLS = (
    # Ids whose order is that of time, as ours are; `of` keeps those of different things apart.
    """CREATE FUNCTION bench_id(p_of int, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
       SELECT (lpad(to_hex(1700000000000 + n), 12, '0') || '7' || lpad(to_hex(p_of), 3, '0')
               || '8000' || lpad(to_hex(n), 12, '0'))::uuid $$""",
    """CREATE FUNCTION bench_link(p_previous bytea, p_entry text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
       BEGIN RETURN sha256(p_previous || convert_to(p_entry, 'UTF8')); END $$""",
    f"""CREATE AGGREGATE bench_chain(text) (SFUNC = bench_link, STYPE = bytea, INITCOND = '\\x{"00" * 32}')""",
)
# n counts orders over all tenants, m documents; `place` is where an order stands among its tenant's.
_SETS = (
    """CREATE UNLOGGED TABLE bench_order AS
       SELECT n, bench_id(1, 2 + n / %(orders)s) AS tenant_id, n %% %(orders)s AS place, bench_id(2, n) AS order_id,
              bench_id(3, n) AS payment_id, bench_id(4, n) AS lot_id, 'KNT-' || lpad(to_hex(n), 6, '0') AS reference,
              CASE n %% 5 WHEN 0 THEN 'bank' WHEN 1 THEN 'stripe' ELSE 'iyzico' END AS method,
              CASE n %% 5 WHEN 0 THEN bench_id(5, n)::text ELSE 'pay-' || n END AS payment_ref,
              n / %(orders)s %% 4 = 0 AS resold, %(net)s::bigint AS net, %(kdv)s::bigint AS kdv,
              %(start)s::timestamptz + %(span)s::interval * (n %% %(orders)s)::float / %(orders)s AS at
         FROM generate_series(0, %(tenants)s::bigint * %(orders)s - 1) n""",
    """CREATE UNLOGGED TABLE bench_document AS
       SELECT o.tenant_id, o.n, o.place, j, bench_id(6, o.n * %(documents)s + j) AS document_id, o.lot_id,
              'BEN2026' || lpad((o.place * %(documents)s + j)::text, 9, '0') AS number,
              o.at + interval '1 second' * (j + 1) AS at
         FROM bench_order o, generate_series(0, %(documents)s - 1) j""",
    "ANALYZE bench_order, bench_document",
)
_DOCUMENT = """
    INSERT INTO document (tenant_id, document_id, kind, profile, type_code, state, channel, ettn, number, series_id,
        serial, issue_date, buyer_vkn_tckn, buyer_title, currency, payable_kurus, line_count, kontor, price_id,
        source_sha256, signed_sha256, signed_at, link_token, created_by, created_at, progress_at)
"""
_FILL = (
    """INSERT INTO tenant (tenant_id, kind, mode, reseller_id, state, vkn_tckn, title, district, city, created_at)
       SELECT bench_id(1, n), CASE n WHEN 0 THEN 'operator' WHEN 1 THEN 'reseller' ELSE 'customer' END, 'live',
              CASE WHEN n > 1 AND (n - 2) %% 4 = 0 THEN bench_id(1, 1) END, 'active', (1000000000 + n)::text,
              'Ölçüm ' || n, 'Kadıköy', 'İstanbul', %(start)s
         FROM generate_series(0, %(tenants)s + 1) n""",
    """INSERT INTO kontor_order (tenant_id, order_id, reference, state, method, package_version_id, package_code,
              package_name_tr, package_name_en, quantity, kontor, bonus_kontor, validity_months, net_kurus, kdv_percent,
              kdv_kurus, gross_kurus, currency, reseller_id, placed_by, created_at, paid_at, credited_at, ended_at,
              invoice_state, invoice_document_id, invoiced_at)
       SELECT tenant_id, order_id, reference, 'credited', method, bench_id(9, 1), 'olcum', 'Ölçüm', 'Bench', 1,
              %(documents)s, 0, 6, net, 20, kdv, net + kdv, 'TRY', CASE WHEN resold THEN bench_id(1, 1) END, 'bench',
              at, at, at, at, 'issued', bench_id(7, n), at FROM bench_order""",
    """INSERT INTO payment (tenant_id, payment_id, order_id, gateway, gateway_payment_id, item_ref, amount_kurus,
              paid_kurus, currency, installments, evidence, paid_at)
       SELECT tenant_id, payment_id, order_id, method, payment_ref, '', net + kdv, net + kdv, 'TRY', 1,
              '{"status": "success", "fraudStatus": 1}', at FROM bench_order""",
    """INSERT INTO gateway_line (gateway, transaction_id, day, gateway_payment_id, attempt_ref, kind, amount_kurus,
              currency, fee_kurus, fee_currency, fetched_at)
       SELECT method, 'tx-' || n, (at AT TIME ZONE 'Europe/Istanbul')::date, payment_ref, '', 'payment', net + kdv,
              'TRY', 30, 'TRY', at FROM bench_order WHERE method <> 'bank'""",
    """INSERT INTO bank_account (account_id, iban, bank_name, holder, currency, created_at)
       SELECT bench_id(9, 2), 'TR330006100519786457841326', 'Bank', 'Bench', 'TRY', %(start)s""",
    """INSERT INTO bank_statement (statement_id, account_id, sha256, form, file_name, lines, new_lines, imported_by,
              imported_at) SELECT bench_id(9, 3), bench_id(9, 2), '', 'csv', '', 1, 1, 'bench', %(start)s""",
    """INSERT INTO bank_line (line_id, account_id, statement_id, bank_ref, booked_on, amount_kurus, currency,
              description, sender_name, sender_vkn, sender_iban, state)
       SELECT bench_id(5, n), bench_id(9, 2), bench_id(9, 3), 'D-' || n, at::date, net + kdv, 'TRY', reference, '', '',
              '', 'credited' FROM bench_order WHERE method = 'bank'""",
    """INSERT INTO bank_allocation (allocation_id, line_id, to_tenant_id, order_id, amount_kurus, state, second_person,
              payment_ref, asked_by, asked_at)
       SELECT bench_id(8, n), bench_id(5, n), tenant_id, order_id, net + kdv, 'credited', false, payment_ref, 'bench',
              at FROM bench_order WHERE method = 'bank'""",
    """INSERT INTO reseller_contract
       SELECT bench_id(1, 1), bench_id(9, 4), 'commission', %(bp)s, 14, 'inherit', tstzrange('2020-01-01', NULL),
              'bench', %(start)s""",
    """INSERT INTO commission_entry (tenant_id, entry_id, kind, cause_id, customer_id, order_id, contract_id,
              commission_bp, base_net_kurus, kurus, month, at)
       SELECT bench_id(1, 1), order_id, 'accrued', order_id, tenant_id, order_id, bench_id(9, 4), %(bp)s, net,
              (2 * net * %(bp)s + 10000) / 20000, date_trunc('month', at)::date, at FROM bench_order WHERE resold""",
    """INSERT INTO lot (tenant_id, lot_id, source, source_id, part, priority, reason, granted, remaining, held,
              consumed, expired, voided, frozen, passed, net_price_kurus, net_left_kurus, credited_at, expires_at, open)
       SELECT tenant_id, lot_id, 'payment', payment_id, 1, 100, reference, %(documents)s, 0, 0, %(documents)s, 0, 0, 0,
              0, net, 0, at, at + interval '6 months', false FROM bench_order""",
    f"""{_DOCUMENT}
       SELECT tenant_id, document_id, 'efatura', 'TEMELFATURA', 'SATIS', 'delivered', 'gib', document_id, number,
              bench_id(9, 5), j, at::date, '1234567890', 'Bora A.Ş.', 'TRY', 120000, 1, 1, bench_id(9, 6), sha256('a'),
              sha256('b'), at, document_id::text, 'bench', at, at FROM bench_document""",
    f"""{_DOCUMENT}
       SELECT bench_id(1, 0), bench_id(7, n), 'earsiv', 'EARSIVFATURA', 'SATIS', 'delivered', 'mail', bench_id(7, n),
              'EBI2026' || lpad(n::text, 9, '0'), bench_id(9, 5), n, at::date, '1234567890', 'Ölçüm', 'TRY', net + kdv,
              1, 0, bench_id(9, 6), sha256('a'), sha256('b'), at, bench_id(7, n)::text, 'bench', at, at
         FROM bench_order""",
    """INSERT INTO charge (tenant_id, charge_id, kind, kontor, price_id, reference, state, reserved_at, ended_at)
       SELECT tenant_id, document_id, 'efatura.out', 1, bench_id(9, 6), number, 'captured', at, at
         FROM bench_document""",
    """INSERT INTO charge_lot (tenant_id, charge_id, lot_id, kontor, net_kurus)
       SELECT tenant_id, document_id, lot_id, 1, %(each)s FROM bench_document""",
    """INSERT INTO journal (tenant_id, version, kind, charge_id, lot_id, kontor, net_kurus, available, held, frozen, at,
                            correlation_id, detail, hash)
       SELECT tenant_id, version, kind, charge_id, lot_id, kontor, net, available, held, 0, at, correlation, detail,
              bench_chain(concat_ws('|', tenant_id, version, kind, coalesce(charge_id::text, ''), lot_id, kontor, net,
                  available, held, 0, (extract(epoch FROM at) * 1000000)::bigint, correlation, detail))
              OVER (PARTITION BY tenant_id ORDER BY version ROWS UNBOUNDED PRECEDING)
         FROM (SELECT tenant_id, place * (1 + 2 * %(documents)s) + 1 AS version, 'granted' AS kind,
                      NULL::uuid AS charge_id, lot_id, %(documents)s AS kontor, net, %(documents)s AS available,
                      0 AS held, at, payment_id AS correlation,
                      concat_ws(';', 'payment', payment_id, 1, 100,
                                (extract(epoch FROM at + interval '6 months') * 1000000)::bigint, '-', '-',
                                reference) AS detail
                 FROM bench_order
                UNION ALL
               SELECT tenant_id, place * (1 + 2 * %(documents)s) + 2 + 2 * j + k, kind, document_id, lot_id, 1,
                      %(each)s, %(documents)s - 1 - j, 1 - k, at, document_id,
                      CASE k WHEN 0 THEN concat_ws(';', 'efatura.out', bench_id(9, 6), number) ELSE '' END
                 FROM bench_document, (VALUES (0, 'reserved'), (1, 'captured')) AS steps(k, kind)) e""",
    """INSERT INTO wallet (tenant_id, available, held, frozen, version, head_hash, last_entry_at)
       SELECT t.tenant_id, 0, 0, 0, coalesce(j.version, 0), coalesce(j.hash, decode(repeat('00', 32), 'hex')),
              coalesce(j.at, '2000-01-01 00:00:00+00')
         FROM tenant t LEFT JOIN LATERAL (SELECT version, hash, at FROM journal WHERE tenant_id = t.tenant_id
                                           ORDER BY version DESC LIMIT 1) j ON true""",
    "DROP TABLE bench_order, bench_document",
)


@dataclass(frozen=True)
class Size:
    """How large: customers, orders of each, charged documents of each order. Every order has an invoice besides."""

    tenants: int
    orders: int
    documents: int

    @property
    def order_count(self) -> int:
        """Orders in all."""
        return self.tenants * self.orders

    @property
    def document_count(self) -> int:
        """Documents in all: charged ones and invoices."""
        return self.order_count * (self.documents + 1)

    @property
    def entry_count(self) -> int:
        """Entries of all journals."""
        return self.order_count * (2 * self.documents + 1)


def fill(url: str, size: Size, *, start: str, span: str = "20 days") -> UUID:
    """Fill a migrated, empty database whose owner's `url` it is; returns the first customer.

    :param start: when the first order of every customer was paid; the last one `span` later.
    """
    net = size.documents * NET_KURUS_PER_KONTOR
    values = {
        "tenants": size.tenants, "orders": size.orders, "documents": size.documents, "start": start, "span": span,
        "net": net, "kdv": net * KDV_PERCENT // 100, "each": NET_KURUS_PER_KONTOR, "bp": COMMISSION_BP,
    }  # fmt: skip
    with psycopg.connect(plain_postgres_url(url)) as owner:
        owner.execute("SET LOCAL work_mem = '256MB'")
        for table in _TABLES:
            owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        for statement in _TOOLS:
            owner.execute(statement)
        for statement in (*_SETS, *_FILL):
            owner.execute(statement, values)
        for table in _TABLES:
            owner.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        found = owner.execute("SELECT bench_id(1, %s)", (FIRST_CUSTOMER,)).fetchone()
    with psycopg.connect(plain_postgres_url(url), autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")
    assert found is not None
    return UUID(str(found[0]))
