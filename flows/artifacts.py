"""What a run leaves in Prefect's UI."""


def publish(root, results, reasons, succeeded):
    pass
