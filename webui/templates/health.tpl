% rebase('layout', title=t('nav.health'), here='health')
% page_head(t('nav.health'))
<div id="toasts"></div>
<div hx-get="/health/now" hx-trigger="box:health from:body, box:line from:body delay:200ms, box:box from:body" hx-swap="innerHTML">
% include('health_now')
</div>
