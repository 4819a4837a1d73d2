"""Faulty configurations, each with the message for its only fault."""

ACCOUNT = "account: {key_env: HOME}\n"
FAULTS = {
    b"\xef\xbb\xbfkeys: {\xc3\xa4: {name: a}, b: {}}": "1:22: keys.b.name: must be given",
    "- a": "1:1: must be a section with keys, not a list",
    "storge: {}": '1:1: storge: unknown key; did you mean "storage"?',
    "zzz: 1": (
        "1:1: zzz: unknown key; known are account, buckets, compensation, keys,"
        " labels, privacy, sources, storage, web"
    ),
    "account: {}": "1:1: account: give key_file or key_env, and not both",
    "account: {key_env: NOT_SET}": (
        "1:11: account.key_env: environment variable NOT_SET: is not set"
    ),
    "account: {key_file: /a, key_env: B}": "1:1: account: give key_file or key_env, and not both",
    "account: {key_env: HOME, interval: 59}": "1:26: account.interval: must be from 60 to 86400",
    "account: {key_env: HOME, base_url: http://a/}": (
        "1:26: account.base_url: must begin with https://, since the key is sent there"
    ),
    "web: {hosts: metrics}": "1:7: web.hosts: must be a list, not text",
    "sources: {a: b}": "1:1: sources: must be a list, not a section",
    "sources:\n-": "2:2: sources[0]: must be a section with keys, not nothing",
    "sources: [{type: stdin}]": "1:11: sources[0].name: must be given",
    "sources: [{name: a}]": "1:11: sources[0].type: must be given",
    "sources:\n- name: a\n  type: file": "2:3: sources[0].path: must be given",
    "sources: [{name: a, type: push}]": '1:1: web.push: must be given for the source "a"',
    "sources: [{name: a, type: push, path: b}]\nweb: {push: {token_env: PATH}}": (
        "1:33: sources[0].path: does not apply to a source of type push"
    ),
    "web: {push: {token_env: PATH, token_file: exporter.yml}}": (
        "1:7: web.push: give token_file or token_env, and not both"
    ),
    "sources: [{name: a, type: otlp}]": ('1:1: web.push: must be given for the source "a"'),
    "web: {push: {token_env: PATH}}\nsources: [{name: a, type: otlp, path: b}]": (
        "2:33: sources[0].path: does not apply to a source of type otlp"
    ),
    "web: {push: {token_env: PATH}}\nsources: [{name: a, type: otlp, wrapper: cri}]": (
        "2:33: sources[0].wrapper: does not apply to a source of type otlp"
    ),
    "web: {push: {token_env: PATH}}\nsources: [{name: a, type: otlp, format: csv}]": (
        "2:33: sources[0].format: must be otlp in a source of type otlp"
    ),
    "sources: [{name: a, type: push}]\nweb: {push: {}}": (
        '2:7: web.push: must be given for the source "a"'
    ),
    f"{ACCOUNT}sources: [{{name: a, type: generation_ids}}]": (
        '1:1: web.push: must be given for the source "a"'
    ),
    f"{ACCOUNT}web: {{push: {{token_env: PATH}}}}\n"
    "sources: [{name: a, type: generation_ids, start_at: end}]": (
        "3:43: sources[0].start_at: does not apply without a path"
    ),
    f"{ACCOUNT}sources: [{{name: a, type: generation_ids, path: b, wrapper: cri}}]": (
        "2:52: sources[0].wrapper: does not apply to a source of type generation_ids"
    ),
    "sources: [{name: a, type: generation_ids, path: b}]": (
        "1:1: sources: generation_ids need a section account with an API key"
    ),
    "sources: [{name: a, type: files}]": (
        "1:21: sources[0].type: must be file or stdin or push or otlp or kafka or generation_ids"
    ),
    "sources: [{name: a, type: file, path: 7}]": (
        "1:33: sources[0].path: must be text, not a number; put it in quotes"
    ),
    "sources: [{name: a, type: file, path: [b]}]": (
        "1:33: sources[0].path: must be text, not a list"
    ),
    'sources: [{name: a, type: file, path: "b\\0"}]': (
        "1:33: sources[0].path: must not hold control characters"
    ),
    "sources: [{name: a, type: file, path: b, start_at: 5}]": (
        "1:42: sources[0].start_at: must be beginning or end"
    ),
    "sources: [{name: a, type: stdin, path: b}]": (
        "1:34: sources[0].path: does not apply to a source of type stdin"
    ),
    "sources: [{name: a, type: stdin, start_at: end}]": (
        "1:34: sources[0].start_at: does not apply to a source of type stdin"
    ),
    "sources:\n- {name: a, type: stdin}\n- {name: a, type: file, path: b}": (
        "3:4: sources[1].name: must differ from sources[0].name"
    ),
    "sources:\n- {name: a, type: stdin}\n- {name: b, type: stdin}": (
        "3:13: sources[1].type: sources[0] reads standard input already"
    ),
    "sources: [{name: a, type: stdin, mapping: {model: m}}]": (
        "1:34: sources[0].mapping.timestamp: must be given"
    ),
    "sources: [{name: a, type: stdin, mapping: {event: e, modle: m}}]": (
        '1:54: sources[0].mapping.modle: is not a field of the native format; did you mean "model"?'
    ),
    "sources: [{name: a, type: stdin, mapping: {event: e, tokens.a.b: m}}]": (
        '1:54: sources[0].mapping["tokens.a.b"]: is not a field of the native format;'
        ' did you mean "tokens.*"?'
    ),
    "sources: [{name: a, type: stdin, mapping: {event: e, compensation.payout: m}}]": (
        '1:54: sources[0].mapping["compensation.payout"]: is not a field of the native'
        ' format; did you mean "compensation.payout_usd"?'
    ),
    "sources: [{name: a, type: stdin, mapping: {event: e, Modell: m}}]": (
        "1:54: sources[0].mapping.Modell: is not a field of the native format; did you"
        ' mean "model"?'
    ),
    "sources: [{name: a, type: stdin, mapping: {event: e, zzz: m}}]": (
        "1:54: sources[0].mapping.zzz: is not a field of the native format; known are"
        " api, api_key, cancelled, compensation, compensation.paid_at,"
        " compensation.payout_usd, compensation.type, cost_usd, costs_usd, costs_usd.*,"
        " discount_usd, error, error_type, event, finish_reason, generation_ms, id,"
        " input_tokens, latency_ms, model, output_tokens, plan, provider, status,"
        " streamed, throughput_tps, timestamp, tokens, tokens.*, usage,"
        " web_search_calls"
    ),
    "sources: [{name: a, type: stdin, mapping: {event: e, tokens: t, tokens.a: m}}]": (
        '1:65: sources[0].mapping["tokens.a"]: cannot be mapped together with tokens'
    ),
    "sources: [{name: a, type: stdin, mapping: {event: a..b}}]": (
        "1:44: sources[0].mapping.event: must be a path like usage.total or choices[0].text"
    ),
    "sources: [{name: a, type: stdin, format: csv}]": (
        "1:11: sources[0].mapping: must be given: the columns' fields are never guessed"
    ),
    "sources: [{name: a, type: stdin, format: csv, mapping: {model: m}}]": (
        "1:47: sources[0].mapping.timestamp: must be given"
    ),
    "sources: [{name: a, type: stdin, format: openai, mapping: {event: m}}]": (
        "1:50: sources[0].mapping: does not apply to the format openai"
    ),
    "sources: [{name: a, type: stdin, format: openrouter, wrapper: cri}]": (
        "1:54: sources[0].wrapper: does not apply to the format openrouter"
    ),
    "sources: [{name: a, type: stdin, format: litellm, delimiter: tab}]": (
        "1:51: sources[0].delimiter: applies to CSV formats only: openrouter, csv"
    ),
    "sources: [{name: a, type: stdin, format: openrouter, delimiter: x}]": (
        '1:54: sources[0].delimiter: must be "," or ";" or "|" or tab'
    ),
    "sources: [{name: a, type: stdin, format: lite}]": (
        "1:34: sources[0].format: must be auto or zenmux or native or litellm or"
        " openrouter or openai or anthropic or gemini or otlp or csv"
    ),
    "keys: {a: {plan: payg}}": "1:8: keys.a.name: must be given",
    'keys: {a: {name: " "}}': "1:12: keys.a.name: must not be blank",
    "keys: {a: {name: yes}}": (
        "1:12: keys.a.name: must be text, not true or false; put it in quotes"
    ),
    f"keys: {{a: {{name: {'x' * 129}}}}}": "1:12: keys.a.name: must be at most 128 characters",
    "keys: {a b: }": '1:8: keys["a b"]: must be a section with keys, not nothing',
    'keys: {"": {name: a}}': (
        '1:8: keys[""]: the key must not be blank or hold control characters'
    ),
    'keys:\n  a: {name: a}\n  "a ": {name: b}': (
        '3:3: keys["a "]: given before, with other spaces'
    ),
    "keys:\n  a: {name: a}\n  a: {name: b}": "3:3: keys.a: given before, in line 2",
    "labels: {modle: {}}": '1:10: labels.modle: unknown key; did you mean "model"?',
    "labels: {outcome: {}}": (
        "1:10: labels.outcome: unknown key; known are api_key, compensation_type,"
        " error_type, item, model, plan, provider, token_type"
    ),
    "labels: {plan: {limit: 1.5}}": "1:17: labels.plan.limit: must be a whole number",
    "labels: {plan: {limit: 012}}": "1:17: labels.plan.limit: must be a number, not text",
    "labels: {plan: {limit: true}}": (
        "1:17: labels.plan.limit: must be a number, not true or false"
    ),
    "labels: {plan: {limit: -1}}": "1:17: labels.plan.limit: must be from 0 to 1000000",
    "labels: {plan: {allow: [a], deny: [a]}}": '1:29: labels.plan.deny: "a" is allowed too',
    "labels: {plan: {display: {a: b}, deny: [a]}}": (
        '1:10: labels.plan: "a" must be listed as it is displayed'
    ),
    "labels: {plan: {display: {a: [b]}}}": (
        "1:27: labels.plan.display.a: must be text, not a list"
    ),
    "buckets: {payout: []}": "1:11: buckets.payout: must have from 1 to 50 bounds",
    f"buckets: {{payout: {list(range(1, 52))}}}": (
        "1:11: buckets.payout: must have from 1 to 50 bounds"
    ),
    "buckets: {payout: [1, 1.0]}": (
        "1:23: buckets.payout[1]: must be more than the bound before it"
    ),
    "buckets: {payout: [0]}": "1:20: buckets.payout[0]: must be more than 0",
    "buckets: {payout: [.inf]}": "1:20: buckets.payout[0]: must be a number, not text",
    "compensation: {type: a}": "1:16: compensation.type: must be a list, not text",
    "compensation: {type: []}": "1:16: compensation.type: must not be empty",
    "storage: {on_corruption: x}": "1:11: storage.on_corruption: must be refuse or restart",
    "storage: {max_line_bytes: 1}": (
        "1:11: storage.max_line_bytes: must be from 1024 to 268435456"
    ),
    "web: {enable_lifecycle: 1}": (
        "1:7: web.enable_lifecycle: must be true or false, not a number"
    ),
    "web: {listen_address: here}": (
        "1:7: web.listen_address: must be host:port, :port or [IPv6 address]:port"
    ),
    "web: !env X": "1:1: web: the tag !env is not supported here",
    "!!str [a]": "1:1: the tag tag:yaml.org,2002:str is not supported here",
    "? [a]\n: b": "1:3: keys must be text; merging (<<) is not supported",
    "web: {<<: {}}": "1:7: web: keys must be text; merging (<<) is not supported",
    "a: [": "1:5: cannot be read as YAML: expected the node content, but found '<stream end>'",
    "web: {}\n---\nweb: {}": "2:1: cannot be read as YAML: but found another document",
    'a: "\\UFFFFFFFF"': " cannot be read as YAML: a character that is not allowed",
    "\a": " cannot be read as YAML: a character that is not allowed",
    b"\xff": " must be UTF-8",
    b"#" * (512 * 1024 + 1): " must not be larger than 512 KiB",
}
