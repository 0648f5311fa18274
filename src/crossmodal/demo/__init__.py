"""A page in the browser to try the trained models with: `python -m crossmodal.demo`.

`studio` answers and knows nothing of pages, `fragments` turns answers into HTML, `page` lays out
the controls with Gradio, and `server` serves it to this machine alone.
"""
