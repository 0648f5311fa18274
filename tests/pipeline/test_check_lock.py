from pipeline.check_lock import find_differences


def test_absent_data_do_not_count():
    status = {
        "a": [{"changed outs": {"data/models": "deleted"}}],
        "b": [{"changed deps": {"data/models": "deleted"}}],
    }
    assert list(find_differences(status)) == []


def test_changed_code_params_metrics_and_commands_count():
    status = {
        "a": [
            {"changed deps": {"src/a.py": "modified", "params.yaml": {"compute.threads": "new"}}},
            {"changed outs": {"metrics/a.json": "deleted", "data/x": "modified"}},
            "changed command",
        ],
    }
    assert list(find_differences(status)) == [
        "a: changed deps: src/a.py: modified",
        "a: changed deps: params.yaml: compute.threads: new",
        "a: changed outs: metrics/a.json: deleted",
        "a: changed outs: data/x: modified",
        "a: changed command",
    ]
