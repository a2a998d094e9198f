"""Fills outputs, attachments and markdown with scripts, results and links to files of the grader."""

from autograder.attacks import Desk, Expect

PROMISE = "output-counts-for-nothing"
EXPECT = Expect(said="returned")


def upload(desk: Desk) -> None:
    notebook = desk.notebook()
    script = f"<script src='file://{desk.ground.canaries}/canary'>alert(1)</script>"
    data = {"text/html": script, "text/plain": "2.0", "application/javascript": script, "image/svg+xml": script}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": 1}]
        else:
            cell["attachments"] = {f"../../../{desk.ground.canaries}/canary": {"text/plain": "x"}}
            cell["source"] = f"{script}\n![canary](file://{desk.ground.canaries}/canary) {{% include '/etc/passwd' %}}"
    desk.save(notebook)
